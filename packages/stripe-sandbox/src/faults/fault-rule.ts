/**
 * Owns the form of a fault rule and its check.
 * Promises: a rule that was parsed is complete and consistent (a webhook action on webhooks, a request action on requests); one that could
 * never match, because no route or event is called so, is refused.
 */
import { eventTypesOf } from '../events/event-types.ts'
import { actionKinds, parseAction, type FaultAction } from './fault-action.ts'
import { compact, type Members, membersOf, refuseUnknown, shareOf, textOf, wholeOf } from './fault-members.ts'

/** A checked rule. */
export type Fault = {
  readonly on: 'request' | 'webhook'
  /** GET, POST or DELETE. */
  readonly method?: string
  /** A path or a template such as `/v1/customers/{id}`; how its ids are called does not matter. */
  readonly path?: string
  readonly path_regex?: string
  /** Webhooks: a type, or one ending in `*`; `v1.…` for that of a thin one. */
  readonly event_type?: string
  /** Webhooks: the id of an endpoint. */
  readonly endpoint?: string
  /** Webhooks: 1 is the first attempt. */
  readonly attempt?: number
  /** Which matches are hit, counted from 1. */
  readonly nth?: readonly number[]
  /** Leaves the first matches alone. */
  readonly after?: number
  readonly probability?: number
  readonly seed?: number
  /** How often the rule applies at most. */
  readonly times?: number
  readonly action: FaultAction
}

const matching = {
  request: ['method', 'path', 'path_regex'],
  webhook: ['event_type', 'endpoint', 'attempt'],
} as const
const counting = ['nth', 'after', 'times', 'probability', 'seed'] as const
const verbs = ['GET', 'POST', 'DELETE']

/** The members of a rule beside `on` and `action`. */
export const ruleMembers: readonly string[] = [...matching.request, ...matching.webhook, ...counting]

/** Checks a rule. Throws an Error that names what is wrong. `hasRoute` says whether a path template is one of the sandbox's. */
export function parseFault(input: unknown, hasRoute: (template: string) => boolean): Fault {
  const rule = membersOf(input, 'a fault')
  refuseUnknown(rule, ['on', ...ruleMembers, 'action'], 'a fault')
  const action = parseAction(rule['action'])
  const { on } = actionKinds[action.kind]
  if (rule['on'] !== undefined && rule['on'] !== on) throw new Error(`${action.kind} applies to ${on}s only`)
  for (const name of matching[on === 'webhook' ? 'request' : 'webhook']) {
    if (rule[name] !== undefined)
      throw new Error(`${name} does not go with ${action.kind}, which applies to ${on}s`)
  }
  return compact<Fault>({
    on,
    method: methodOf(rule),
    path: pathOf(rule, hasRoute),
    path_regex: regexOf(rule),
    event_type: eventTypeOf(rule),
    endpoint: textOf(rule, 'endpoint'),
    attempt: wholeOf(rule, 'attempt', 1),
    nth: nthOf(rule),
    after: wholeOf(rule, 'after', 0),
    probability: shareOf(rule, 'probability'),
    seed: wholeOf(rule, 'seed', 0),
    times: wholeOf(rule, 'times', 1),
    action,
  })
}

/** A template without the names of its ids. */
export function shapeOf(template: string): string {
  return template.replaceAll(/\{[^/]*\}/g, '{}')
}

function methodOf(rule: Members): string | undefined {
  const method = textOf(rule, 'method')?.toUpperCase()
  if (method === undefined || verbs.includes(method)) return method
  throw new Error(`method must be one of ${verbs.join(', ')}`)
}

function pathOf(rule: Members, hasRoute: (template: string) => boolean): string | undefined {
  const path = textOf(rule, 'path')
  if (path === undefined) return undefined
  if (!path.startsWith('/') || path.includes('?'))
    throw new Error('path must begin with / and has no query; path_regex matches parts of a path')
  if (path.includes('{') && !hasRoute(path))
    throw new Error(`path: no route looks like ${path}; the README lists them ("What is simulated")`)
  return path
}

function regexOf(rule: Members): string | undefined {
  const text = textOf(rule, 'path_regex')
  try {
    if (text !== undefined) new RegExp(text)
    return text
  } catch (error) {
    throw new Error(`path_regex: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

function eventTypeOf(rule: Members): string | undefined {
  const type = textOf(rule, 'event_type')
  if (type === undefined || eventTypesOf(type).length > 0) return type
  throw new Error(`event_type: no event is called ${type}; the README lists them ("Events")`)
}

function nthOf(rule: Members): number[] | undefined {
  const nth = rule['nth'] ?? undefined
  if (nth === undefined) return undefined
  const list: unknown[] = Array.isArray(nth) ? nth : [nth]
  const numbers = list.flatMap((one) => wholeOf({ nth: one }, 'nth', 1) ?? [])
  if (numbers.length === 0) throw new Error('nth must be a whole number, 1 or more, or a list of them')
  return numbers
}
