// Our events as callers read them: every fact in the log once, in each customer's order, and on the stream as it happens,
// whichever process wrote it.

import { eventCatalogue, isOurType } from '@lockstep/domain/event/catalogue'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { api, stripe } from '../support/api.ts'
import { atRest, type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { openEventStream } from '../support/event-stream.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ gateways: 2, workers: 2, measured: true })
})
afterAll(() => stack.close())

const synced = { prefer: 'wait=30; until=synced' }
const page = z.object({
  data: z.array(
    z.looseObject({
      id: z.string(),
      type: z.string(),
      version: z.number(),
      position: z.number(),
      sequence: z.number().nullable(),
      customer_id: z.string().nullable(),
      data: z.unknown(),
    }),
  ),
  has_more: z.boolean(),
  next_after: z.number(),
})

const numbered = z.object({ n: z.number() })

async function eventsOf(customerId: string) {
  const { body } = await api(stack, 'GET', `/v1/events?customer_id=${customerId}&limit=100`)
  return page.parse(body).data
}

test('what happens to a customer, here and at Stripe, is told in its own order, each by its schema', async () => {
  const { data } = await api(stack, 'POST', '/v1/customers', { key: 'told', name: 'A' }, { headers: synced })
  const id = String(data['id'])
  await api(stack, 'PATCH', `/v1/customers/${id}`, { name: 'B' }, { headers: synced })
  const own = { type: 'billing.plan_chosen', customer_id: id, data: { plan: 'pro' } }
  const sent = await api(stack, 'POST', '/v1/events', own)
  expect(sent.status).toBe(201)
  await stripe(stack, 'POST', `/v1/customers/${String(data['stripe_customer_id'])}`, { name: 'C' })
  await until('the change at Stripe is told', async () => (await eventsOf(id)).length >= 8)
  await atRest(stack)
  const events = await eventsOf(id)
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
  const types = events.map(({ type }) => type)
  for (const type of ['customer.created', 'customer.linked', 'operation.applied', 'billing.plan_chosen'])
    expect(types).toContain(type)
  const renamed = events.filter(({ type }) => type === 'customer.updated')
  expect(renamed).toMatchObject([
    { data: { by: 'api', changes: [{ field: 'name', from: 'A', to: 'B' }] } },
    { data: { by: 'stripe', changes: [{ field: 'name', from: 'B', to: 'C' }] } },
  ])
  for (const { type, version, data: told } of events) {
    if (!isOurType(type)) continue
    expect(version).toBe(eventCatalogue[type].version)
    expect(eventCatalogue[type].data.safeParse(told).error, type).toBeUndefined()
  }
  expect(events.find(({ type }) => type === own.type)).toMatchObject({ id: sent.data['id'], data: own.data })
})

test('a reader behind a cursor is given every event once while two workers and two gateways write', async () => {
  const start = page.parse((await api(stack, 'GET', '/v1/events?after=0&limit=1')).body)
  expect(start.data).toHaveLength(1)
  const writing = { done: false }
  const writers = Promise.all(
    Array.from({ length: 60 }, async (_, n) => {
      await api(stack, 'POST', '/v1/customers', { key: `reader-${n}` }, { gateway: n % 2 })
      const own = { type: 'billing.seen', data: { n } }
      expect((await api(stack, 'POST', '/v1/events', own, { gateway: n % 2 })).status).toBe(201)
    }),
  ).finally(() => {
    writing.done = true
  })
  const positions: number[] = []
  const seen: unknown[] = []
  for (let after = 0; ; ) {
    const finished = writing.done && (await stack.store.backlog()).unsyncedCustomers === 0
    const { body } = await api(stack, 'GET', `/v1/events?after=${after}&limit=7`)
    const { data, next_after } = page.parse(body)
    positions.push(...data.map(({ position }) => position))
    seen.push(
      ...data.filter(({ type }) => type === 'billing.seen').map((event) => numbered.parse(event.data).n),
    )
    after = next_after
    if (finished && data.length === 0) break
  }
  await writers
  expect(positions).toEqual(positions.map((_, index) => index + 1))
  expect(seen).toHaveLength(60)
  expect(new Set(seen)).toEqual(new Set(Array.from({ length: 60 }, (_, n) => n)))
})

test('a stream on one gateway tells what came through the other, and goes on where it broke', async () => {
  const first = await openEventStream(stack, { gateway: 0, query: 'type=billing.*' })
  const write = (n: number) =>
    api(stack, 'POST', '/v1/events', { type: 'billing.live', data: { n } }, { gateway: 1 })
  await write(1)
  await until('the stream tells it', () => first.events().length === 1)
  first.close()
  await write(2)
  await write(3)
  const second = await openEventStream(stack, {
    gateway: 1,
    query: 'type=billing.*',
    lastEventId: first.events()[0]?.id ?? '',
  })
  await until('the stream goes on', () => second.events().length === 2)
  expect(second.events().map(({ data }) => data['data'])).toEqual([{ n: 2 }, { n: 3 }])
  second.close()
})
