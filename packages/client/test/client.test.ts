// The client against a real gateway: what it sends, what it gives back, what it throws.

import { expect, test } from 'vitest'
import { startGateway } from '../../../apps/gateway/test/support/gateway.ts'
import {
  AuthenticationError,
  ConflictError,
  lockstep,
  NotFoundError,
  PendingError,
  PermissionError,
  ValidationError,
  VersionError,
} from '../src/index.ts'

async function start() {
  const gateway = await startGateway()
  return { ...gateway, api: lockstep({ url: gateway.url, apiKey: gateway.apiKey }) }
}

test('a customer is created, read, changed and deleted by methods whose types are the API’s', async () => {
  const { api } = await start()
  const made = await api.customers.create({ key: 'ada', email: 'ada@example.com', metadata: { plan: 'pro' } })
  expect(made).toMatchObject({ key: 'ada', state: 'active', version: 1, metadata: { plan: 'pro' } })
  expect(await api.customers.get(made.id)).toEqual(made)
  expect((await api.customers.getByKey('ada')).id).toBe(made.id)
  const changed = await api.customers.update(made.id, { name: 'Ada King' }, { ifMatch: 1 })
  expect(changed).toMatchObject({ name: 'Ada King', version: 2 })
  expect((await api.customers.delete(made.id)).state).toBe('deleted')
})

test('names of a path are encoded', async () => {
  const { api } = await start()
  const made = await api.customers.create({ key: 'a/b ?&ü' })
  expect((await api.customers.getByKey('a/b ?&ü')).id).toBe(made.id)
})

test('`for await` goes through all pages, awaiting gives the first one', async () => {
  const { api } = await start()
  for (let n = 0; n < 7; n++) await api.customers.create({ key: `k${n}` })
  const first = await api.customers.list({ limit: 3 })
  expect(first.data.map(({ key }) => key)).toEqual(['k6', 'k5', 'k4'])
  expect(first).toMatchObject({ hasMore: true, nextAfter: first.data.at(-1)?.id })
  const keys: string[] = []
  for await (const { key } of api.customers.list({ limit: 3 })) keys.push(key)
  expect(keys).toEqual(['k6', 'k5', 'k4', 'k3', 'k2', 'k1', 'k0'])
})

test('the raw answer has status, headers, request id and the whole body', async () => {
  const { api } = await start()
  const answer = await api.customers.create({ key: 'raw' }).answer()
  expect(answer.status).toBe(201)
  expect(answer.headers.get('etag')).toBe('"1"')
  expect(answer.requestId).toMatch(/^[0-9a-f-]{36}$/)
  expect(answer.body).toMatchObject({ status: 'success', data: { key: 'raw' } })
})

test('each refusal is an error of its own class, with code, fields and request id', async () => {
  const { api, url, operatorKey } = await start()
  const made = await api.customers.create({ key: 'taken' })
  const refused = [
    [api.customers.create({ key: 'taken' }), ConflictError, 'key_taken'],
    [api.customers.create({ email: 'nonsense' }), ValidationError, 'invalid_request'],
    [api.customers.getByKey('nobody'), NotFoundError, 'not_found'],
    [api.customers.update(made.id, { name: 'x' }, { ifMatch: 0 }), VersionError, 'version_mismatch'],
    [lockstep({ url, apiKey: 'wrong' }).customers.get(made.id), AuthenticationError, 'unauthenticated'],
    [lockstep({ url, apiKey: operatorKey }).customers.get(made.id), PermissionError, 'forbidden'],
  ] as const
  for (const [call, kind, code] of refused) {
    const error: unknown = await Promise.resolve(call).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(kind)
    expect(error).toMatchObject({ code, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) })
  }
  const invalid: unknown = await Promise.resolve(api.customers.create({ email: 'nonsense' })).catch(
    (e: unknown) => e,
  )
  expect(invalid).toMatchObject({ errors: [{ field: 'email', message: 'must be an e-mail address' }] })
})

test('a write that is accepted and not applied yet is followed until it is', async () => {
  const { api, worker } = await start()
  worker.hold()
  const call = api.customers.create({ key: 'slow' }, { wait: 0 })
  expect((await call.answer()).status).toBe(202)
  await worker.wake()
  expect(await call).toMatchObject({ key: 'slow', version: 1 })
})

test('what is followed has the form that the call answers: a user, a purge', async () => {
  const { api, worker } = await start()
  worker.hold()
  const put = api.users.put('u1', { email: 'u1@example.com' }, { wait: 0 })
  await put.answer()
  await worker.wake()
  const user = await put
  expect(user).toEqual(await api.users.get('u1'))
  await api.customers.archive(user.customer_id)
  worker.hold()
  const purge = api.customers.purge(user.customer_id, { wait: 0 })
  await purge.answer()
  await worker.wake()
  expect(await purge).toEqual({ id: user.customer_id, purged: true })
})

test('a write that was accepted and rejected later fails with its code', async () => {
  const { api, worker } = await start()
  await api.customers.create({ key: 'first', email: 'one@example.com' })
  worker.hold()
  const call = api.customers.create({ key: 'second', email: 'one@example.com' }, { wait: 0 })
  await call.answer()
  await worker.wake()
  const error: unknown = await Promise.resolve(call).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ConflictError)
  expect(error).toMatchObject({ code: 'email_taken', status: 409 })
})

test('when the time is over, the error names the operation that is still to be applied', async () => {
  const { api, worker } = await start()
  worker.hold()
  const call = api.customers.create({ key: 'later' }, { wait: 0, timeoutMs: 300 })
  const error: unknown = await Promise.resolve(call).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PendingError)
  if (!(error instanceof PendingError)) return
  await worker.wake()
  expect(await api.operations.get(error.operationId)).toMatchObject({
    status: 'applied',
    customer_id: error.id,
  })
})

test('one idempotency key is one customer, whoever repeats the call', async () => {
  const { api } = await start()
  const options = { idempotencyKey: 'signup-4711' }
  const first = await api.customers.create({ email: 'once@example.com' }, options)
  const again = await api.customers.create({ email: 'once@example.com' }, options)
  expect(again).toEqual(first)
})

test('until Stripe has it', async () => {
  const { api, worker } = await start()
  const call = api.customers.create({ key: 'synced' }, { untilSynced: true, wait: 0 })
  const { data } = await call.answer()
  await expect.poll(async () => (await api.customers.getByKey('synced').answer()).status).toBe(200)
  await worker.sync({ tenantId: 'default', customerId: (data as { id: string }).id })
  expect((await call).sync.state).toBe('synced')
})
