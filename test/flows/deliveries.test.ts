// Deliveries of our events to webhook endpoints: signed, at least once, and nobody waits for anybody else's endpoint.

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { api, type JsonObject } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { startReceiver, verified, type WebhookReceiver } from '../support/webhook-receiver.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ workers: 2, measured: true })
})
afterAll(() => stack.close())

async function receiver(): Promise<WebhookReceiver> {
  const started = await startReceiver()
  onTestFinished(() => started.close())
  return started
}

async function register(url: string, types: string[]): Promise<{ id: string; secret: string; path: string }> {
  const { status, data } = await api(stack, 'POST', '/v1/webhook-endpoints', { url, types })
  expect(status).toBe(201)
  const path = `/v1/webhook-endpoints/${String(data['id'])}`
  onTestFinished(async () => void (await api(stack, 'DELETE', path)))
  return { id: String(data['id']), secret: String(data['secret']), path }
}

/** A type that no other test listens to. */
let families = 0
function family(): string {
  families++
  return `family${families}`
}

async function tell(type: string, data: JsonObject = {}): Promise<string> {
  const answer = await api(stack, 'POST', '/v1/events', { type, data })
  expect(answer.status).toBe(201)
  return String(answer.data['id'])
}

async function attempts(path: string) {
  const { body } = await api(stack, 'GET', `${path}/attempts?limit=100`)
  return z
    .array(z.looseObject({ event_id: z.string(), ok: z.boolean(), status: z.number().nullable() }))
    .parse(body['data'])
}

test('an event arrives as the log shows it, signed by the endpoint’s secret, and only the types asked for', async () => {
  const { url, received } = await receiver()
  const own = family()
  const { secret, path } = await register(url, ['customer.*', `${own}.wanted`])
  const { data } = await api(stack, 'POST', '/v1/customers', { key: own, name: 'A' })
  const id = String(data['id'])
  await tell(`${own}.unwanted`)
  const wanted = await tell(`${own}.wanted`, { n: 1 })
  await until('the last one arrives', () => received.some(({ event }) => event.id === wanted))
  await until('the customer’s arrive', () => received.some(({ event }) => event.type === 'customer.linked'))
  for (const each of received) {
    expect(verified(secret, each)).toEqual(each.event)
    expect(each.headers['webhook-id']).toBe(each.event.id)
    expect((await api(stack, 'GET', `/v1/events/${each.event.id}`)).data).toEqual(each.event)
  }
  expect(received.some(({ event }) => event.type === `${own}.unwanted`)).toBe(false)
  const sequences = received
    .filter(({ event }) => event.customer_id === id)
    .map(({ event }) => event.sequence)
  expect(sequences).toEqual(sequences.toSorted((a, b) => Number(a) - Number(b)))
  await until('the attempts are on record', async () => (await attempts(path)).length === received.length)
})

test('endpoints that never answer, more of them than workers, delay no other', async () => {
  const own = family()
  const dead = await Promise.all(Array.from({ length: 6 }, receiver))
  const paths: string[] = []
  for (const each of dead) {
    each.answer('never')
    paths.push((await register(each.url, [`${own}.*`])).path)
  }
  const alive = await receiver()
  await register(alive.url, [`${own}.*`])
  await tell(`${own}.told`)
  await until('each dead one holds its event', () => dead.every(({ received }) => received.length > 0))
  await Promise.all(Array.from({ length: 30 }, (_, n) => tell(`${own}.told`, { n })))
  await until('the other has all', () => alive.received.length === 31)
  // None of them has given up yet: whoever had to wait for one would have come after its attempt.
  for (const path of paths) expect(await attempts(path)).toEqual([])
  // And each was asked for no more than its lanes take.
  for (const { received } of dead) expect(received.length).toBeLessThanOrEqual(8)
})

test('one event that is refused holds up no other, and is tried again by itself', async () => {
  const { url, received, answer } = await receiver()
  const own = family()
  const { path } = await register(url, [`${own}.*`])
  answer(500)
  const first = await tell(`${own}.told`)
  await until('it was refused', async () => (await attempts(path)).some(({ ok }) => !ok))
  answer(204)
  const second = await tell(`${own}.told`)
  await until('the next arrives', () => received.some(({ event }) => event.id === second))
  await until('the first is delivered after all', async () => {
    const made = await attempts(path)
    return made.some(({ event_id, ok }) => event_id === first && ok)
  })
  expect(received.filter(({ event }) => event.id === first)).toHaveLength(2)
})

test('what happens while every worker is dead is delivered when one is back', async () => {
  const { url, received } = await receiver()
  const own = family()
  await register(url, [`${own}.*`])
  await Promise.all(stack.workers.map((worker) => worker.kill()))
  const told = [await tell(`${own}.told`), await tell(`${own}.told`)]
  await Promise.all(stack.workers.map((worker) => worker.start()))
  await until('both arrive', () => told.every((id) => received.some(({ event }) => event.id === id)))
})

test('a rotated secret signs beside the old one while the overlap lasts, and alone without one', async () => {
  const { url, received } = await receiver()
  const own = family()
  const { secret, path } = await register(url, [`${own}.*`])
  const rotated = await api(stack, 'POST', `${path}/rotate-secret`, { overlap_seconds: 3600 })
  const next = String(rotated.data['secret'])
  expect(next).not.toBe(secret)
  await tell(`${own}.told`)
  const first = await until('it arrives', () => received[0])
  for (const each of [secret, next]) expect(verified(each, first)).toEqual(first.event)
  const last = await api(stack, 'POST', `${path}/rotate-secret`, { overlap_seconds: 0 })
  await tell(`${own}.told`)
  const second = await until('the next arrives', () => received[1])
  expect(verified(String(last.data['secret']), second)).toEqual(second.event)
  for (const old of [secret, next]) expect(() => verified(old, second)).toThrow()
  expect(JSON.stringify((await api(stack, 'GET', path)).body)).not.toContain('whsec_')
})

describe('on request', () => {
  test('a test goes to this endpoint alone, whatever types it takes', async () => {
    const [one, other] = [await receiver(), await receiver()]
    const { secret, path } = await register(one.url, ['nothing.at.all'])
    await register(other.url, [])
    const { status, data } = await api(stack, 'POST', `${path}/test`)
    expect(status).toBe(202)
    const got = await until('it arrives', () => one.received[0])
    expect(got.event).toMatchObject({ id: data['event_id'], type: 'webhook_endpoint.test' })
    expect(verified(secret, got)).toEqual(got.event)
    expect(other.received.some(({ event }) => event.type === 'webhook_endpoint.test')).toBe(false)
  })

  test('one event is sent again, and everything since a time in order', async () => {
    const { url, received } = await receiver()
    const own = family()
    const { path } = await register(url, [`${own}.*`])
    const since = new Date().toISOString()
    const told: string[] = []
    for (let n = 0; n < 5; n++) told.push(await tell(`${own}.told`, { n }))
    await until('all arrive', () => received.length === 5)
    await api(stack, 'POST', `${path}/resend`, { event_id: told[2] })
    await until('one comes again', () => received.length === 6)
    expect(received[5]?.event.id).toBe(told[2])
    expect((await api(stack, 'POST', `${path}/replay`, { since })).status).toBe(202)
    await until('all come again', () =>
      told.every((id) => received.slice(6).some(({ event }) => event.id === id)),
    )
    expect((await api(stack, 'POST', `${path}/resend`, { event_id: 'nobody' })).status).toBe(404)
  })

  test('what failed is due at once', async () => {
    const { url, received, answer } = await receiver()
    const own = family()
    const { path } = await register(url, [`${own}.*`])
    const since = new Date(Date.now() - 60_000).toISOString()
    answer(500)
    const id = await tell(`${own}.told`)
    await until('it failed', async () => (await attempts(path)).some(({ ok }) => !ok))
    answer(204)
    const recovered = await until('it waits on its own', async () => {
      const { data } = await api(stack, 'POST', `${path}/recover`, { since })
      return data['recovered'] === 1 ? data : null
    })
    expect(recovered).toEqual({ recovered: 1 })
    await until('it is delivered', async () =>
      (await attempts(path)).some(({ event_id, ok }) => event_id === id && ok),
    )
    expect(received.length).toBeGreaterThanOrEqual(2)
  })
})

test('a disabled endpoint is sent nothing, and goes on where it stopped', async () => {
  const { url, received } = await receiver()
  const own = family()
  const { path } = await register(url, [`${own}.*`])
  const off = await api(stack, 'PATCH', path, { enabled: false })
  expect(off.data).toMatchObject({ enabled: false, disabled: { reason: 'caller' } })
  const id = await tell(`${own}.told`)
  const witness = await receiver()
  await register(witness.url, [`${own}.*`])
  await tell(`${own}.told`)
  await until('the other endpoint has the next', () => witness.received.length === 1)
  expect(received).toEqual([])
  await api(stack, 'PATCH', path, { enabled: true })
  await until('it goes on', () => received.some(({ event }) => event.id === id))
})
