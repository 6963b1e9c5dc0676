// What an operator moves by hand on a real stack, a parked operation and a Stripe event; and what one is shown of the queues.

import { queueNames } from '@lockstep/domain/doorbell/doorbell'
import type { Tenant } from '@lockstep/domain/store/tenant'
import { Queue } from 'bullmq'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { api, newestEvent, stripe } from '../support/api.ts'
import { atRest, type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ measured: true })
})
afterAll(() => stack.close())

const synced = { prefer: 'wait=30; until=synced' }
const transactions = z.object({ data: z.array(z.object({ amount: z.number() })) })

async function linked(key: string): Promise<{ id: string; stripeId: string }> {
  const { data } = await api(stack, 'POST', '/v1/customers', { key, name: 'Ada' }, { headers: synced })
  return { id: String(data['id']), stripeId: String(data['stripe_customer_id']) }
}

async function operation(id: string) {
  return (await api(stack, 'GET', `/v1/operations/${id}`)).data
}

async function pauseOutbound(pause: Tenant['paused_outbound']): Promise<void> {
  await until('the tenant is changed', async () => {
    const tenant = await stack.store.readTenant('default')
    if (!tenant) throw new Error('no tenant')
    return (await stack.store.replaceTenant({ ...tenant, paused_outbound: pause })).kind === 'ok'
  })
}

/** A credit that waited when its customer was deleted at Stripe. */
async function parkedCredit(key: string): Promise<{ id: string; operationId: string }> {
  const { id, stripeId } = await linked(key)
  const [worker] = stack.workers
  await worker?.kill('SIGKILL')
  await pauseOutbound({ reason: 'operator', detail: 'the test', at: Date.now() })
  // A worker that starts anew knows of the pause from its first call on.
  await worker?.start()
  const credit = { amount: -500, currency: 'usd', reason: 'goodwill' }
  const headers = { prefer: 'respond-async' }
  const sent = await api(stack, 'POST', `/v1/customers/${id}/credit`, credit, { headers })
  const operationId = String(sent.data['operation_id'])
  await until('it waits for Stripe', async () => {
    return (await stack.store.readOperation('default', operationId))?.status === 'waiting'
  })
  await stripe(stack, 'DELETE', `/v1/customers/${stripeId}`)
  await until('the deletion was heard of', async () => {
    const { body } = await api(stack, 'GET', `/v1/stripe-events?stripe_customer_id=${stripeId}&state=done`)
    return JSON.stringify(body['data']).includes('customer.deleted')
  })
  await pauseOutbound(null)
  await until('it is parked', async () => (await operation(operationId))['status'] === 'parked')
  return { id, operationId }
}

test('a parked credit that is retried once its customer is back is given exactly once', async () => {
  const { id, operationId } = await parkedCredit('retried')
  expect((await api(stack, 'GET', '/v1/operations?status=parked')).body['data']).toMatchObject([
    { id: operationId, kind: 'credit', code: 'link_lost' },
  ])
  const back = await api(stack, 'POST', `/v1/customers/${id}/unarchive`, undefined, { headers: synced })
  const retried = await api(stack, 'POST', `/v1/operations/${operationId}/retry`)
  expect([retried.status, retried.data['status']]).toEqual([200, 'accepted'])
  await until('it took effect', async () => (await operation(operationId))['status'] === 'applied')
  const path = `/v1/customers/${String(back.data['stripe_customer_id'])}/balance_transactions`
  expect(transactions.parse(await stripe(stack, 'GET', path)).data).toEqual([
    expect.objectContaining({ amount: -500 }),
  ])
  const again = await api(stack, 'POST', `/v1/operations/${operationId}/retry`)
  expect([again.status, again.body['code']]).toEqual([409, 'not_parked'])
})

test('one that is discarded is never carried out, and both moves are in the audit log', async () => {
  const { id, operationId } = await parkedCredit('discarded')
  const discarded = await api(stack, 'POST', `/v1/operations/${operationId}/discard`)
  expect(discarded.data).toMatchObject({ status: 'rejected', code: 'discarded' })
  const back = await api(stack, 'POST', `/v1/customers/${id}/unarchive`, undefined, { headers: synced })
  await atRest(stack)
  const path = `/v1/customers/${String(back.data['stripe_customer_id'])}/balance_transactions`
  expect(transactions.parse(await stripe(stack, 'GET', path)).data).toEqual([])
  await until('it is in the log', async () => {
    const { body } = await api(stack, 'GET', `/v1/events?customer_id=${id}&type=operation.rejected`)
    return JSON.stringify(body['data']).includes(operationId)
  })
  expect((await api(stack, 'GET', `/v1/audit-log?customer_id=${id}`)).body['data']).toMatchObject([
    { action: 'operation.discard', subject: operationId },
  ])
})

test('an old Stripe event that is replayed asks for a look and overwrites nothing', async () => {
  const { id, stripeId } = await linked('replayed')
  await stripe(stack, 'POST', `/v1/customers/${stripeId}`, { name: 'old' })
  const event = await newestEvent(stack, 'customer.updated', 'snapshot')
  const path = `/v1/stripe-events/${event}`
  const outcome = async () => (await api(stack, 'GET', path)).data['outcome']
  await until('it was examined', async () => (await outcome()) === 'looked')
  await api(stack, 'PATCH', `/v1/customers/${id}`, { name: 'new' }, { headers: synced })
  await atRest(stack)
  const looks = () => {
    const ofHim = (request: { method: string; path: string }) =>
      request.method === 'GET' && request.path === `/v1/customers/${stripeId}`
    return stack.sandbox.requests().filter(ofHim).length
  }
  const before = looks()
  const replayed = await api(stack, 'POST', `${path}/replay`)
  expect([replayed.status, replayed.data['state']]).toEqual([202, 'waiting'])
  await until('it was examined again', async () => (await outcome()) === 'looked')
  await until('it was looked', () => looks() > before)
  await atRest(stack)
  expect((await api(stack, 'GET', `/v1/customers/${id}`)).data['name']).toBe('new')
  expect((await stripe(stack, 'GET', `/v1/customers/${stripeId}`))['name']).toBe('new')
})

const shownQueues = z.object({
  queues: z.array(
    z.object({
      name: z.string(),
      readOnlyMode: z.literal(true),
      jobs: z.array(z.object({ data: z.unknown(), returnValue: z.unknown() })),
    }),
  ),
})

test('the queues are shown to who is on duty: of a job its subject, and nothing of anybody', async () => {
  const { id } = await linked('queued')
  const shown = async (queue: string) => {
    const query = new URLSearchParams({ activeQueue: queue, status: 'latest', page: '1', jobsPerPage: '20' })
    const { status, body } = await api(stack, 'GET', `/ops/queues/api/queues?${query.toString()}`)
    expect(status).toBe(200)
    const found = shownQueues.parse(body).queues
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining([...queueNames]))
    return found.find(({ name }) => name === queue)?.jobs ?? []
  }
  // Somebody put into a queue what does not belong there. A worker may run it, and a person sees that it was one.
  const queue = new Queue('customer-apply', { connection: { url: stack.redis.url } })
  await queue.add('foreign', { name: 'Ada', list: ['ada@example.com'] })
  await queue.close()
  const jobs = await until('both are shown', async () => {
    const found = await shown('customer-apply')
    const subjects = JSON.stringify(found.map(({ data }) => data))
    return subjects.includes(id) && subjects.includes('hidden') && found
  })
  for (const { data } of jobs) expect([{ subject: expect.any(String) }, 'hidden']).toContainEqual(data)
  expect(JSON.stringify(jobs)).not.toMatch(/Ada|example\.com/i)
})
