import { get, type IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import type { News } from '../src/live/feed.ts'
import { readNews } from '../src/live/read-news.ts'
import { startReceiver } from './support/receiver.ts'
import { testSandbox } from './support/sandbox.ts'
import { until } from './support/until.ts'

const receiver = await startReceiver()
const sandbox = await testSandbox({
  frozen: true,
  webhook_retry_seconds: [60],
  webhooks: [{ url: receiver.url, secret: 'whsec_1' }],
})
const { stripe } = sandbox

/** Watches until it is told to stop; what was told is kept by kind, in order. */
function watcher(backlog = 0) {
  const end = new AbortController()
  const told: Required<{ -readonly [Kind in keyof News]: NonNullable<News[Kind]>[] }> = {
    state: [],
    requests: [],
    events: [],
    attempts: [],
    deliveries: [],
  }
  const ended = (async () => {
    for await (const news of readNews(sandbox.url, { backlog, signal: end.signal })) {
      if (news.state) told.state.push(news.state)
      if (news.requests) told.requests.push(news.requests)
      if (news.events) told.events.push(news.events)
      if (news.attempts) told.attempts.push(news.attempts)
      if (news.deliveries) told.deliveries.push(news.deliveries)
    }
  })().catch(() => undefined)
  return {
    told,
    stop: async () => {
      end.abort()
      await ended
    },
  }
}

it('tells of each request, event and attempt once, in order, from the moment of watching', async () => {
  await stripe.customers.create({ name: 'before' })
  const { told, stop } = watcher()
  await until('the first state', () => told.state.length > 0)
  receiver.script(500)
  const { id } = await stripe.customers.create({ name: 'after' })
  await stripe.customers.update(id, { name: 'changed' })
  await sandbox.settled()
  await sandbox.clock.advance(60_000)
  await until('three attempts', () => told.attempts.flat().length >= 3)
  await stripe.customers.del(id)
  await until('the last event', () => told.events.flat().some(({ type }) => type === 'customer.deleted'))
  expect(told.events.flat().map(({ type, object }) => [type, object])).toEqual([
    ['customer.created', id],
    ['customer.updated', id],
    ['customer.deleted', id],
  ])
  expect(told.requests.flat().map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /v1/customers',
    `POST /v1/customers/${id}`,
    `DELETE /v1/customers/${id}`,
  ])
  const tried = told.attempts.flat().filter(({ type }) => type === 'customer.created')
  expect(tried).toMatchObject([
    { number: 1, ok: false, result: '500', next_at: sandbox.clock.now(), url: receiver.url },
    { number: 2, ok: true, result: '200', next_at: null },
  ])
  await until('all delivered', () => told.deliveries.at(-1)?.every(({ status }) => status === 'delivered'))
  await stop()
})

it('tells a newcomer of what was before, as much as is asked for, and how the sandbox is set', async () => {
  await sandbox.door('POST', '/reset')
  for (const name of ['1', '2', '3']) await stripe.customers.create({ name })
  await sandbox.settled()
  const { told, stop } = watcher(2)
  await until('the backlog', () => told.events.length > 0)
  expect(told.events.flat()).toHaveLength(2)
  expect(told.requests.flat()).toHaveLength(2)
  expect(told.attempts.flat()).toHaveLength(2)
  expect(told.deliveries.flat()).toHaveLength(3)
  expect(told.state[0]).toMatchObject({
    account: sandbox.account,
    limits: 'off',
    latency: [0, 0],
    receivers: [{ url: receiver.url, enabled: true }],
    faults: [],
  })
  sandbox.faults.add({ action: { kind: 'cut', when: 'before' } })
  await until('the fault', () => told.state.at(-1)?.faults.length === 1)
  sandbox.faults.remove()
  await stop()
})

it('an event sent again by hand is an attempt without a number, by its own id or that of its twin', async () => {
  const { told, stop } = watcher()
  await until('the first state', () => told.state.length > 0)
  await stripe.customers.create({})
  await until('the event', () => told.events.flat().length > 0)
  const [event] = told.events.flat()
  await sandbox.door('POST', `/events/${event?.thin}/resend`)
  await until('both attempts', () => told.attempts.flat().length === 2)
  expect(told.attempts.flat().map(({ event: of, number }) => [of, number])).toEqual([
    [event?.id, 1],
    [event?.id, null],
  ])
  const refused = await sandbox.door('POST', `/events/${event?.id}/resend`, { endpoint: 'we_nope' })
  expect(refused.json['error']).toBe('no such webhook endpoint or destination: we_nope')
  await stop()
})

it('one event can be read as each of its receivers sees it', async () => {
  const { id } = await stripe.customers.create({})
  await sandbox.settled()
  const [event] = (await stripe.events.list({ limit: 1 })).data
  const { json } = await sandbox.door('GET', `/events/${event?.id}`)
  expect(json).toMatchObject({
    snapshot: { id: event?.id, object: 'event', data: { object: { id } } },
    thin: { object: 'v2.core.event', type: 'v1.customer.created', snapshot_event: event?.id },
    deliveries: [{ event: event?.id, status: 'delivered' }],
  })
})

it('a page of another site cannot use the doors of a sandbox that runs on the same machine', async () => {
  const { id } = await stripe.customers.create({})
  const foreign = await fetch(`${sandbox.url}/_sandbox/reset`, {
    method: 'POST',
    headers: { 'Sec-Fetch-Site': 'cross-site' },
  })
  expect(foreign.status).toBe(400)
  expect((await stripe.customers.retrieve(id)).id).toBe(id)
})

it('a sandbox closes under its watchers, and a watcher that goes away leaves nothing behind', async () => {
  const own = await testSandbox({ frozen: true })
  const response = await new Promise<IncomingMessage>((resolve) => get(`${own.url}/_sandbox/stream`, resolve))
  await own.close()
  await new Promise((resolve) => response.once('close', resolve))
  expect(response.complete).toBe(false)
})
