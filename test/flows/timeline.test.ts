// What happened to a customer, as its timeline tells it on a real stack: writes, facts, Stripe's events and our calls.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { api, stripe } from '../support/api.ts'
import { atRest, type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ gateways: 2, measured: true })
})
afterAll(() => stack.close())

const synced = { prefer: 'wait=30; until=synced' }
const entry = z.looseObject({
  kind: z.string(),
  operation: z.looseObject({ kind: z.string() }).optional(),
  event: z.looseObject({ type: z.string(), data: z.looseObject({}) }).optional(),
  stripe_event: z.looseObject({ type: z.string(), outcome: z.string().nullable() }).optional(),
  stripe_call: z.looseObject({ endpoint: z.string(), request_id: z.string().nullable() }).optional(),
})

async function linked(key: string): Promise<{ id: string; stripeId: string }> {
  const { data } = await api(stack, 'POST', '/v1/customers', { key, name: 'Ada' }, { headers: synced })
  return { id: String(data['id']), stripeId: String(data['stripe_customer_id']) }
}

async function timeline(id: string) {
  const { body } = await api(stack, 'GET', `/v1/customers/${id}/timeline?limit=100`, undefined, {
    gateway: 1,
  })
  return z.array(entry).parse(body['data'])
}

test('an edit at Stripe is told with the decision taken on its event, and field by field', async () => {
  const { id, stripeId } = await linked('edited')
  await stripe(stack, 'POST', `/v1/customers/${stripeId}`, { name: 'Ada L.' })
  await until(
    'it came here',
    async () => (await api(stack, 'GET', `/v1/customers/${id}`)).data['name'] === 'Ada L.',
  )
  await atRest(stack)
  const entries = await timeline(id)
  const updated = entries.find(({ event }) => event?.type === 'customer.updated')
  expect(updated?.event?.data).toMatchObject({
    by: 'stripe',
    changes: [{ field: 'name', from: 'Ada', to: 'Ada L.' }],
  })
  const received = entries.flatMap(({ stripe_event: event }) => event ?? [])
  expect(received).toContainEqual(expect.objectContaining({ type: 'customer.updated', outcome: 'looked' }))
})

test('every call for a customer is on its timeline, with the request id under which Stripe logged it', async () => {
  const { id, stripeId } = await linked('called')
  await api(stack, 'PATCH', `/v1/customers/${id}`, { name: 'Ada L.' }, { headers: synced })
  await atRest(stack)
  const logged = stack.sandbox.requests()
  const calls = (await timeline(id)).flatMap(({ stripe_call: call }) => call ?? [])
  const idsOf = (endpoint: string) =>
    calls.filter((call) => call.endpoint === endpoint).map(({ request_id }) => request_id)
  const atStripe = (path: string) =>
    logged.filter((request) => request.method === 'POST' && request.path === path)
  expect(idsOf('POST /v1/customers')).toHaveLength(1)
  expect(atStripe('/v1/customers').map(({ request_id }) => request_id)).toEqual(
    expect.arrayContaining(idsOf('POST /v1/customers')),
  )
  // The last call comes first here, and last there.
  expect(idsOf('POST /v1/customers/{id}').toReversed()).toEqual(
    atStripe(`/v1/customers/${stripeId}`).map(({ request_id }) => request_id),
  )
})

test('a credit shows who gave it, why, and what became of it', async () => {
  const { id } = await linked('credited')
  const credit = { amount: -1_000, currency: 'usd', reason: 'the outage of May' }
  expect((await api(stack, 'POST', `/v1/customers/${id}/credit`, credit)).status).toBe(200)
  const given = (await timeline(id)).find(({ operation }) => operation?.kind === 'credit')
  expect(given?.operation).toMatchObject({ status: 'applied', code: null, reason: 'the outage of May' })
  expect(given?.operation?.['actor']).not.toBe('')
})

test('a value that lost is on the timeline with the one that won', async () => {
  const { id, stripeId } = await linked('conflict')
  // Both sides change one field: the edit at Stripe is made while no worker looks.
  const [worker] = stack.workers
  await worker?.kill('SIGKILL')
  await stripe(stack, 'POST', `/v1/customers/${stripeId}`, { name: 'theirs' })
  await api(stack, 'PATCH', `/v1/customers/${id}`, { name: 'ours' }, { headers: { prefer: 'respond-async' } })
  await worker?.start()
  await until('one has won', async () => {
    const told = (await timeline(id)).flatMap(({ event }) => event ?? [])
    return told.some(({ type }) => type === 'customer.conflict')
  })
  const conflict = (await timeline(id)).find(({ event }) => event?.type === 'customer.conflict')
  expect(conflict?.event?.data).toMatchObject({ field: 'name', lost: 'theirs', won: 'ours', winner: 'ours' })
})
