// The look-up of a create of unknown outcome: two witnesses, all pages, and an emptiness that counts (PROTOCOL section 5).

import { describe, expect, test } from 'vitest'
import { lookUp, readAll } from '../../src/stripe/look-up.ts'
import type { StripeAnswer, StripeCall } from '../../src/stripe/stripe-http.ts'
import { z } from 'zod'

const ok = (body: unknown): StripeAnswer => ({ kind: 'ok', body, replayed: false, requestId: null })
const firstSince = 1_767_225_600_999
const wanted = {
  customerId: 'customer-1',
  keys: ['ls:create:customer-1:1.1', 'ls:create:customer-1:1.3'],
  firstSince,
}

const anEvent = (id: string, customer: string, key: string | null | undefined) => ({
  id,
  object: 'event',
  data: { object: { id: customer, object: 'customer', metadata: {} } },
  request: key === undefined ? null : { id: 'req_1', idempotency_key: key },
})
const aCustomer = (id: string, metadata: Record<string, string>) => ({ id, object: 'customer', metadata })

/** A Stripe of two lists, in pages of `size`; `broken` answers instead of the page after that many calls. */
function lists(
  content: { events?: object[]; customers?: object[] },
  size = 100,
  broken?: { after: number; answer: StripeAnswer },
) {
  const calls: StripeCall[] = []
  const call = async (made: StripeCall): Promise<StripeAnswer> => {
    calls.push(made)
    if (broken && calls.length > broken.after) return broken.answer
    const url = new URL(made.path, 'http://stripe')
    const all = (url.pathname === '/v1/events' ? content.events : content.customers) ?? []
    const cursor = url.searchParams.get('starting_after')
    const start = cursor === null ? 0 : all.findIndex((item) => 'id' in item && item.id === cursor) + 1
    return ok({ object: 'list', data: all.slice(start, start + size), has_more: start + size < all.length })
  }
  return { call, calls }
}

describe('what is found', () => {
  test('by the event’s key, although nobody’s id stands in the metadata any more', async () => {
    const { call } = lists({ events: [anEvent('evt_1', 'cus_7', 'ls:create:customer-1:1.1')] })
    expect(await lookUp(call, wanted)).toEqual({ kind: 'found', ids: ['cus_7'] })
  })

  test('by an older key of the same create', async () => {
    const { call } = lists({ events: [anEvent('evt_1', 'cus_7', 'ls:create:customer-1:1.3')] })
    expect(await lookUp(call, wanted)).toEqual({ kind: 'found', ids: ['cus_7'] })
  })

  test('by our id in the customer list, although the event list is late', async () => {
    const { call } = lists({ customers: [aCustomer('cus_8', { lockstep_id: 'customer-1' })] })
    expect(await lookUp(call, wanted)).toEqual({ kind: 'found', ids: ['cus_8'] })
  })

  test('by both is one; two of them are two, for a person to decide', async () => {
    const both = {
      events: [anEvent('evt_1', 'cus_7', wanted.keys[0])],
      customers: [aCustomer('cus_7', { lockstep_id: 'customer-1' })],
    }
    expect(await lookUp(lists(both).call, wanted)).toEqual({ kind: 'found', ids: ['cus_7'] })
    const two = { ...both, customers: [...both.customers, aCustomer('cus_9', { lockstep_id: 'customer-1' })] }
    expect(await lookUp(lists(two).call, wanted)).toEqual({ kind: 'found', ids: ['cus_7', 'cus_9'] })
  })

  test('is never somebody else’s', async () => {
    const { call } = lists({
      events: [
        anEvent('evt_1', 'cus_1', 'ls:create:customer-2:1.1'),
        anEvent('evt_2', 'cus_2', null),
        anEvent('evt_3', 'cus_3', undefined),
        anEvent('evt_4', 'cus_4', 'ls:create:customer-1:1.2'),
      ],
      customers: [
        aCustomer('cus_5', {}),
        aCustomer('cus_6', { lockstep_id: 'customer-2' }),
        aCustomer('cus_7', { email: 'customer-1', lockstep_key: 'customer-1' }),
      ],
    })
    expect(await lookUp(call, wanted)).toEqual({ kind: 'found', ids: [] })
  })

  test('is found on the last of many pages, in either list', async () => {
    const many = (make: (n: number) => object) => Array.from({ length: 250 }, (_, n) => make(n))
    const events = [
      ...many((n) => anEvent(`evt_${n}`, `cus_${n}`, 'other')),
      anEvent('evt_last', 'cus_e', wanted.keys[0]),
    ]
    const customers = [
      ...many((n) => aCustomer(`cus_${n}`, {})),
      aCustomer('cus_c', { lockstep_id: 'customer-1' }),
    ]
    const { call, calls } = lists({ events, customers })
    expect(await lookUp(call, wanted)).toEqual({ kind: 'found', ids: ['cus_e', 'cus_c'] })
    expect(calls).toHaveLength(6)
  })

  test('not by way of hostile metadata', async () => {
    const text = '{"id":"cus_1","metadata":{"__proto__":{"lockstep_id":"customer-1"},"constructor":"x"}}'
    const { call } = lists({ customers: [JSON.parse(text) as object] }) // JSON of an object.
    expect(await lookUp(call, wanted)).toEqual({ kind: 'found', ids: [] })
  })
})

describe('what is asked', () => {
  test('is the creations since five minutes before the first attempt, never a search, never an e-mail', async () => {
    const { call, calls } = lists({})
    await lookUp(call, wanted)
    const since = Math.floor(firstSince / 1000) - 300
    const [events, customers] = calls.map(({ path }) => new URL(path, 'http://stripe'))
    expect(Object.fromEntries(events?.searchParams ?? [])).toEqual({
      limit: '100',
      type: 'customer.created',
      'created[gte]': `${since}`,
    })
    expect(Object.fromEntries(customers?.searchParams ?? [])).toEqual({
      limit: '100',
      'created[gte]': `${since}`,
    })
    expect(calls.map(({ method, endpoint }) => [method, endpoint])).toEqual([
      ['GET', 'GET /v1/events'],
      ['GET', 'GET /v1/customers'],
    ])
  })
})

describe('an emptiness does not count', () => {
  const failures: StripeAnswer[] = [
    { kind: 'silence' },
    { kind: 'stored_500', requestId: null },
    { kind: 'busy', status: 429, reason: null, requestId: null },
    ...[401, 403, 404].map((status) => ({
      kind: 'refused' as const,
      status,
      code: 'x',
      param: null,
      requestId: null,
    })),
  ]
  const customers = [aCustomer('cus_1', {}), aCustomer('cus_2', {})]
  const events = [anEvent('evt_1', 'cus_1', 'other'), anEvent('evt_2', 'cus_7', wanted.keys[0])]

  test.each(failures)('after %j on any page of either list', async (answer) => {
    // Pages of one: two of events, two of customers.
    for (let after = 0; after < 4; after++) {
      const found = await lookUp(lists({ events, customers }, 1, { after, answer }).call, wanted)
      expect(found).toEqual({ kind: 'failed', answer })
    }
    expect((await lookUp(lists({ events, customers }, 1, { after: 4, answer }).call, wanted)).kind).toBe(
      'found',
    )
  })

  test('after an answer of another shape: it throws rather than find nothing', async () => {
    for (const body of [{}, { data: [] }, { data: [{}], has_more: false }, [], null, { deleted: true }]) {
      await expect(lookUp(async () => ok(body), wanted)).rejects.toThrow()
    }
  })
})

describe('reading a list', () => {
  const schema = z.object({ data: z.array(z.object({ id: z.string() })), has_more: z.boolean() })

  test('goes on from the last id of each page, until there is no more', async () => {
    const cursors: (string | undefined)[] = []
    const pages = [
      { data: [{ id: 'a' }, { id: 'b' }], has_more: true },
      { data: [{ id: 'c' }], has_more: false },
    ]
    const all = await readAll(schema, async ({ startingAfter }) => {
      cursors.push(startingAfter)
      return ok(pages[cursors.length - 1])
    })
    expect(all).toEqual({ kind: 'all', items: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] })
    expect(cursors).toEqual([undefined, 'b'])
  })
})
