/**
 * Owns fuzzed requests to the doors: known ones with wrong input, and ones that are not there.
 * Promises: nothing asks for a reset, which would take away what the other requests work on.
 */
import { listDoors } from '../../../src/doors/answer-door.ts'
import { eventTypes } from '../../../src/events/event-types.ts'
import type { FuzzRequest } from './api-request.ts'
import type { Dice } from './dice.ts'
import { strangeJson, strangeText, written } from './strange.ts'

const doors = listDoors().filter(({ path }) => path !== '/_sandbox/reset')

/** Members that some door reads, with what it might take and what it must not. */
const members: { readonly [name: string]: readonly unknown[] } = {
  account: ['acct_2', '', 'a/b', '_sandbox', '__proto__'],
  action: [
    { kind: 'nope' },
    { kind: 'delay', ms: -1 },
    { kind: 'delay', ms: 1e12 },
    { kind: 'status', status: 200 },
    { kind: 'duplicate', count: 1e12 },
    { kind: 'rate_limit', reason: 'nope' },
    [],
    'cut',
  ],
  coupon: ['nope', 5],
  default_currency: ['', 'dollars', 5],
  endpoint: ['we_nope', 5, {}],
  event_type: [5, ''],
  fixtures: [
    { customers: [{ name: 'Ana' }, { email: 'nobody' }] },
    [{ id: 'cus_0001', balance: 5 }],
    { products: [{ id: 'prod_0001', name: 'Tea' }], nope: [] },
    { object: 'list', data: [{ object: 'coupon', percent_off: 500 }] },
    [[[{}]], 5],
    'examples',
  ],
  expires_in_seconds: [-1, 1e9, '60', null],
  key: ['', 5, 'sk_test_other', '__proto__'],
  keys: ['some'],
  latency: ['-', 'x', -1, [1, 2, 3], 1e9, [], '5-1'],
  limits: ['none', 5],
  nope: [1],
  path_regex: ['(', '[', 5],
  permissions: ['all', [], { customers: 'all' }, { __proto__: 'read' }, 5],
  request_log_size: [-1, 1.5, 'x'],
  rules: [[{}], [5], 'x', {}],
  search_fields: [5, ''],
  silent: [true, 5],
  seconds: [-1, '60', null, 1e9, 1e300, 1.5, {}],
  state: ['asleep', 5],
  type: ['nope', 5, '__proto__', ...eventTypes],
  webhook_retry_seconds: ['x', [-1], [1e12], {}, ['a']],
  webhook_timeout_ms: [-1, 1e12, 'x'],
}

/** Deeper than what walks it can go. */
const deepFixtures = `{"fixtures":${'['.repeat(50_000)}${']'.repeat(50_000)}}`

/** One request to a door. */
export function doorRequest(dice: Dice, known: readonly string[]): FuzzRequest {
  const door = dice.pick(doors)
  const id = () => (dice.in(0.6) ? dice.pick(known) : written(dice, strangeText(dice)))
  const path = dice.in(0.9)
    ? door.path.replaceAll('{id}', id)
    : `/_sandbox/${written(dice, strangeText(dice))}${dice.in(0.5) ? '/discount' : ''}`
  const query = dice.in(0.3)
    ? `?${dice.pick(['limit', 'about', 'action', 'subscription', 'backlog'])}=${written(dice, strangeText(dice))}`
    : ''
  return {
    method: dice.in(0.9) ? door.method : dice.pick(['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD']),
    path: (path + query).replaceAll(/[^\x21-\x7e]/g, '?'),
    headers: { 'Content-Type': dice.pick(['application/json', 'text/plain', '']) },
    body: dice.in(0.8)
      ? JSON.stringify(bodyOf(dice))
      : dice.pick(['', '{', '[]', 'null', '"a"', '{}', '\ufeff{}', '{"a":1}}', deepFixtures]),
  }
}

function bodyOf(dice: Dice): unknown {
  if (dice.in(0.1)) return strangeJson(dice)
  const names = Object.keys(members)
  const entries = Array.from({ length: dice.under(4) }, () => {
    const name = dice.pick(names)
    return [name, dice.in(0.8) ? dice.pick(members[name] ?? [null]) : strangeJson(dice)]
  })
  return Object.fromEntries(entries)
}
