import { appendEvents } from '@lockstep/domain/store/append-events'
import type { LoggedEvent } from '@lockstep/domain/event/event'
import type { Store } from '@lockstep/domain/store/store'
import { expect, onTestFinished, test } from 'vitest'
import { startGateway, type TestGateway } from './support/gateway.ts'

const at = Date.parse('2026-01-01T00:00:00Z')

function anEvent(n: number, fields: Partial<LoggedEvent> = {}) {
  return {
    _id: `event-${n}`,
    tenant_id: 'default',
    customer_id: '019b6ec4-774c-70e0-9c2c-7ba19630289d',
    seq: n,
    type: 'customer.updated',
    at,
    data: '{"n":1}',
    ...fields,
  }
}

async function log(store: Store, ...events: ReturnType<typeof anEvent>[]): Promise<void> {
  await appendEvents(store, 'default', events)
}

/** An open stream and what came on it so far, one block of text an event. */
async function openStream(gateway: TestGateway, query = '', headers: Record<string, string> = {}) {
  const leaving = new AbortController()
  onTestFinished(() => leaving.abort())
  const response = await fetch(`${gateway.url}/v1/events/stream${query}`, {
    headers: { Authorization: `Bearer ${gateway.apiKey}`, ...headers },
    signal: leaving.signal,
  })
  const blocks: string[] = []
  let text = ''
  const ended = (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      const parts = text.split('\n\n')
      text = parts.pop() ?? ''
      blocks.push(...parts)
    }
  })()
  ended.catch(() => undefined)
  return {
    response,
    leave: () => leaving.abort(),
    ended,
    /** Positions of the events so far; the greeting and heartbeats carry none. */
    positions: () =>
      blocks
        .filter((block) => /^event: /m.test(block))
        .map((block) => Number(/^id: (\d+)$/m.exec(block)?.[1])),
    blocks,
  }
}

test('the log is read by position, and going on with next_after gives every event once', async () => {
  const { call, store } = await startGateway()
  await log(store, ...[1, 2, 3, 4, 5].map((n) => anEvent(n)))
  const first = await call('GET', '/v1/events?limit=2')
  expect(first.body).toMatchObject({ has_more: true, next_after: 2 })
  expect(first.body.data[0]).toEqual({
    id: 'event-1',
    type: 'customer.updated',
    version: 1,
    timestamp: '2026-01-01T00:00:00.000Z',
    position: 1,
    customer_id: '019b6ec4-774c-70e0-9c2c-7ba19630289d',
    sequence: 1,
    data: { n: 1 },
  })
  const second = await call('GET', '/v1/events?limit=100&after=2')
  expect(second.body.data.map(({ position }: { position: number }) => position)).toEqual([3, 4, 5])
  expect(second.body).toMatchObject({ has_more: false, next_after: 5 })
  const third = await call('GET', '/v1/events?after=5')
  expect(third.body).toMatchObject({ data: [], has_more: false, next_after: 5 })
})

test('a rare type is found however far apart its events lie', async () => {
  const { call, store } = await startGateway()
  const events = Array.from({ length: 5_000 }, (_, n) =>
    anEvent(n + 1, n % 2_400 === 0 ? { type: 'billing.plan_chosen' } : {}),
  )
  await log(store, ...events)
  const found: number[] = []
  for (let after = 0, more = true; more; ) {
    const { body } = await call('GET', `/v1/events?type=billing.*&limit=2&after=${after}`)
    found.push(...body.data.map(({ position }: { position: number }) => position))
    more = body.has_more
    after = body.next_after
  }
  expect(found).toEqual([1, 2401, 4801])
})

test('filters by customer and type; faults in them name the parameter', async () => {
  const { call, store } = await startGateway()
  const other = '019b6ec4-774c-70e0-9c2c-7ba19630289e'
  await log(store, anEvent(1), anEvent(2, { customer_id: other }), anEvent(3, { type: 'customer.deleted' }))
  const positions = async (query: string) =>
    (await call('GET', `/v1/events?${query}`)).body.data.map(({ position }: { position: number }) => position)
  expect(await positions(`customer_id=${other}`)).toEqual([2])
  expect(await positions('type=customer.deleted')).toEqual([3])
  expect(await positions('type=customer.deleted,customer.updated')).toEqual([1, 2, 3])
  expect(await positions('type=customer.*&customer_id=019B6EC4-774C-70E0-9C2C-7BA19630289D')).toEqual([1, 3])
  for (const [query, field] of [
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['after=-1', 'after'],
    ['after=1&after=2', 'after'],
    ['type=*.x', 'type.0'],
    ['customer_id=x', 'customer_id'],
    ['email[$ne]=x', 'email[$ne]'],
  ]) {
    const { status, body } = await call('GET', `/v1/events?${query}`)
    expect([status, body.code, body.errors[0]?.field], query).toEqual([422, 'invalid_request', field])
  }
})

test('one event is read by its id, and another tenant’s is nobody', async () => {
  const { call, store, addKey } = await startGateway()
  await log(store, anEvent(1))
  expect((await call('GET', '/v1/events/event-1')).body.data).toMatchObject({ position: 1 })
  expect((await call('GET', '/v1/events/event-2')).status).toBe(404)
  const stranger = await addKey({ tenantId: 'other' })
  expect((await call('GET', '/v1/events/event-1', { key: stranger })).status).toBe(404)
  expect((await call('GET', '/v1/events', { key: stranger })).body.data).toEqual([])
})

test('the catalogue of types is open to readers, each with its version and schema', async () => {
  const { call } = await startGateway()
  const { body } = await call('GET', '/v1/event-types')
  const conflict = body.data.find(({ type }: { type: string }) => type === 'customer.conflict')
  expect(conflict).toMatchObject({ version: 1, data_schema: { type: 'object' } })
})

test('a caller’s event about nobody is in the log when it is answered, once for one Idempotency-Key', async () => {
  const { call } = await startGateway()
  const json = { type: 'billing.customer_created', data: { name: 'Acme', __proto__: 1 } }
  const headers = { 'Idempotency-Key': 'one' }
  const first = await call('POST', '/v1/events', { json, headers })
  const again = await call('POST', '/v1/events', { json, headers })
  expect([first.status, again.status]).toEqual([201, 201])
  expect(again.body).toEqual(first.body)
  const { body } = await call('GET', first.headers.get('location') ?? '')
  expect(body.data).toMatchObject({
    type: json.type,
    customer_id: null,
    sequence: null,
    data: { name: 'Acme' },
  })
  expect((await call('GET', '/v1/events')).body.data).toHaveLength(1)
  const other = await call('POST', '/v1/events', { json: { type: 'billing.other' }, headers })
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused'])
})

test('a caller’s event about a customer takes its turn in the customer’s own count', async () => {
  const { call, store } = await startGateway()
  const { body } = await call('POST', '/v1/customers', { json: { key: 'k' } })
  const customerId = body.data.id
  const sent = await call('POST', '/v1/events', {
    json: { type: 'billing.plan_chosen', customer_id: customerId, data: { plan: 'pro' } },
  })
  expect(sent.status).toBe(201)
  const doc = await store.readCustomer({ tenantId: 'default', customerId })
  expect(doc?.outbox.map(({ type, seq }) => [type, seq])).toContainEqual(['billing.plan_chosen', 2])
  expect(doc?.version).toBe(1)
  const nobody = await call('POST', '/v1/events', {
    json: { type: 'billing.plan_chosen', customer_id: '019b6ec4-774c-70e0-9c2c-7ba19630289d' },
  })
  expect(nobody.status).toBe(404)
})

test.each([
  [{ type: 'customer.created' }, 'type'],
  [{ type: 'lockstep.x' }, 'type'],
  [{ type: 'one' }, 'type'],
  [{ type: 'Billing.Plan' }, 'type'],
  [{ type: 'billing.x', customer_id: 'x' }, 'customer_id'],
  [{ type: 'billing.x', data: [] }, 'data'],
  [{ type: 'billing.x', data: { text: 'x'.repeat(33_000) } }, 'data'],
  [{ type: 'billing.x', more: 1 }, 'more'],
])('callers cannot write %j', async (json, field) => {
  const { call } = await startGateway()
  const { status, body } = await call('POST', '/v1/events', { json })
  expect([status, body.errors[0].field]).toEqual([422, field])
})

test('the stream begins with what comes next, and wakes without being asked', async () => {
  const gateway = await startGateway()
  await log(gateway.store, anEvent(1))
  const stream = await openStream(gateway)
  expect(stream.response.headers.get('content-type')).toContain('text/event-stream')
  await expect.poll(() => stream.blocks.length).toBe(1)
  await log(gateway.store, anEvent(2))
  gateway.waiters.hear({ kind: 'events', id: 'default' })
  await expect.poll(stream.positions).toEqual([2])
})

test('the stream finds what no notice told of', async () => {
  const gateway = await startGateway({ silent: true })
  const stream = await openStream(gateway)
  await log(gateway.store, anEvent(1))
  await expect.poll(stream.positions, { timeout: 10_000 }).toEqual([1])
})

test('Last-Event-ID goes on where the stream was, before `after` and with the filters', async () => {
  const gateway = await startGateway()
  await log(gateway.store, anEvent(1), anEvent(2), anEvent(3, { type: 'customer.deleted' }), anEvent(4))
  const all = await openStream(gateway, '?after=4', { 'Last-Event-ID': '1' })
  await expect.poll(all.positions).toEqual([2, 3, 4])
  const some = await openStream(gateway, '?after=0&type=customer.deleted')
  await expect.poll(some.positions).toEqual([3])
  const refused = await openStream(gateway, '', { 'Last-Event-ID': 'x' })
  expect(refused.response.status).toBe(422)
})

test('a long log is streamed whole and in order', async () => {
  const gateway = await startGateway()
  await log(gateway.store, ...Array.from({ length: 1_000 }, (_, n) => anEvent(n + 1)))
  const stream = await openStream(gateway, '?after=0')
  await expect.poll(() => stream.positions().length, { timeout: 10_000 }).toBe(1_000)
  expect(stream.positions()).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1))
})

test('streams end at once when the process shuts down', async () => {
  const gateway = await startGateway()
  const stream = await openStream(gateway)
  await expect.poll(() => stream.blocks.length).toBe(1)
  gateway.waiters.release()
  await stream.ended
})

test('one tenant’s streams are bounded, and a closed one makes room', async () => {
  const gateway = await startGateway()
  const streams = await Promise.all(Array.from({ length: 50 }, () => openStream(gateway)))
  const refused = await gateway.call('GET', '/v1/events/stream')
  expect([refused.status, refused.body.code]).toEqual([429, 'too_many_streams'])
  expect(refused.headers.get('retry-after')).toBe('10')
  streams[0]?.leave()
  await expect.poll(async () => (await openStream(gateway)).response.status, { timeout: 10_000 }).toBe(200)
})
