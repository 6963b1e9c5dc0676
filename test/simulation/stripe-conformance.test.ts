// One suite for Stripe's HTTP as the workers have it (the official client, over a socket) and as the simulation has it (the
// sandbox in this process): the same call has the same answer.

import { openStripe } from '@lockstep/domain/stripe/stripe-client'
import { type StripeAnswer, type StripeHttp, stripeCalls } from '@lockstep/domain/stripe/stripe-http'
import { type Sandbox, startSandbox } from '@lockstep/stripe-sandbox'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sandboxStripe } from '../support/sandbox-stripe.ts'

const secretKey = 'sk_test_conformance'
const kinds = [
  {
    name: 'the official client',
    open: (sandbox: Sandbox) => openStripe({ secretKey, apiBase: sandbox.url }),
  },
  {
    name: 'the sandbox in this process',
    open: (sandbox: Sandbox) => ({ ...sandboxStripe(sandbox, secretKey), close: () => undefined }),
  },
]

describe.each(kinds)('$name', ({ open }) => {
  let sandbox: Sandbox
  let stripe: StripeHttp & { close(): void }
  beforeEach(async () => {
    sandbox = await startSandbox({ latency: 0, limits: 'off', frozen: true, seed: 1 })
    stripe = open(sandbox)
  })
  afterEach(async () => {
    stripe.close()
    await sandbox.close()
  })

  const create = (key = 'ls:create:c:1.1', form: [string, string][] = [['name', 'Ada']]) =>
    stripe.call(stripeCalls.createCustomer(form, key))
  const idOf = (answer: StripeAnswer) => (answer.kind === 'ok' ? (answer.body as { id: string }).id : '')
  const fault = (action: unknown, method = 'POST') => sandbox.faults.add({ method, times: 1, action })

  test('a success has the body, and says whether it was answered before', async () => {
    const first = await create()
    expect(first).toMatchObject({ kind: 'ok', replayed: false, body: { object: 'customer', name: 'Ada' } })
    expect(await create()).toMatchObject({ kind: 'ok', replayed: true, body: { id: idOf(first) } })
    expect(first).toHaveProperty('requestId', expect.stringMatching(/^req_/))
  })

  test('hostile names and values arrive to the letter', async () => {
    const entries: [string, string][] = ['__proto__', 'a.b', '$where', 'ключ', '🗝️', '+ &=%'].map((name) => [
      `metadata[${name}]`,
      `${name} "ä" %41&x=y+`,
    ])
    const answer = await create('ls:create:c:1.2', entries)
    const { metadata } = (answer as { body: { metadata: object } }).body
    expect(new Map(Object.entries(metadata))).toEqual(
      new Map(entries.map(([name, value]) => [name.slice('metadata['.length, -1), value])),
    )
  })

  test('what an answer holds is the caller’s: changing it changes nothing at Stripe', async () => {
    const answer = await create()
    const { body } = answer as { body: { metadata: Record<string, string>; name: string } }
    body.name = 'changed'
    body.metadata['a'] = 'b'
    expect(await stripe.call(stripeCalls.getCustomer(idOf(answer)))).toMatchObject({
      body: { name: 'Ada', metadata: {} },
    })
  })

  test('a refusal tells status, code and parameter', async () => {
    expect(await create('k1', [['email', 'nope']])).toMatchObject({
      kind: 'refused',
      status: 400,
      code: 'email_invalid',
      param: 'email',
    })
    expect(await stripe.call(stripeCalls.getCustomer('cus_nope'))).toMatchObject({
      kind: 'refused',
      status: 404,
      code: 'resource_missing',
      param: 'id',
    })
    expect(await stripe.call(stripeCalls.getThinEvent('evt_65nope'))).toMatchObject({
      kind: 'refused',
      status: 404,
    })
  })

  test('another request under a key is an idempotency_error', async () => {
    await create('same')
    expect(await create('same', [['name', 'Other']])).toMatchObject({
      kind: 'refused',
      status: 400,
      code: 'idempotency_error',
    })
  })

  test('a key that is not known, or lacks a right, is refused', async () => {
    sandbox.keys.bind({ key: secretKey, state: 'revoked' })
    expect(await create()).toMatchObject({ kind: 'refused', status: 401 })
    sandbox.keys.bind({ key: secretKey, state: 'active', permissions: { customers: 'read' } })
    expect(await create()).toMatchObject({ kind: 'refused', status: 403 })
  })

  test.each([
    [{ kind: 'conflict' }, { kind: 'busy', status: 409, reason: 'idempotency_key_in_use' }],
    [
      { kind: 'rate_limit', reason: 'global-rate' },
      { kind: 'busy', status: 429, reason: 'global-rate' },
    ],
    [{ kind: 'lock_timeout' }, { kind: 'busy', status: 429, reason: 'lock_timeout' }],
    [
      { kind: 'status', status: 503 },
      { kind: 'busy', status: 503 },
    ],
    [{ kind: 'server_error', when: 'before' }, { kind: 'stored_500' }],
    [{ kind: 'cut', when: 'after' }, { kind: 'silence' }],
  ])('%o is told as what it is', async (action, expected) => {
    // The official client repeats once what was cut, under the same key: the second one is cut as well.
    sandbox.faults.add({ method: 'POST', times: 2, action })
    expect(await create()).toMatchObject(expected)
  })

  test('a 500 stays the answer of its key, whether there was an effect or not', async () => {
    fault({ kind: 'server_error', when: 'after' })
    expect(await create('k500')).toMatchObject({ kind: 'stored_500' })
    expect(await create('k500')).toMatchObject({ kind: 'stored_500' })
    expect(await stripe.call(stripeCalls.listCustomers({}))).toMatchObject({
      body: { data: [{ name: 'Ada' }] },
    })
  })

  test('a delete needs no key, and a deleted customer is shown as such', async () => {
    const id = idOf(await create())
    expect(await stripe.call(stripeCalls.deleteCustomer(id))).toMatchObject({
      kind: 'ok',
      body: { deleted: true },
    })
    expect(await stripe.call(stripeCalls.getCustomer(id))).toMatchObject({
      kind: 'ok',
      body: { deleted: true },
    })
  })

  test('a list takes its cursor and its window', async () => {
    const ids = [await create('a'), await create('b'), await create('c')].map(idOf)
    const page = await stripe.call(stripeCalls.listCustomers({ startingAfter: ids[2] ?? '', createdGte: 0 }))
    expect((page as { body: { data: { id: string }[] } }).body.data.map(({ id }) => id)).toEqual([
      ids[1],
      ids[0],
    ])
  })
})
