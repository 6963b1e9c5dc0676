// A change on either side arrives on the other: real processes, MongoDB, Redis, webhooks over HTTP (G3, G4, G5, G10).

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { api, newestEvent, stripe, stripeCustomers } from '../support/api.ts'
import { payloads, type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

describe.each(payloads)('on %s events', (payload) => {
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack({ payload, measured: true })
  })
  afterAll(() => stack.close())

  const synced = { prefer: 'wait=20; until=synced' }
  let number = 0
  const unique = () => `${++number}-${process.pid}`

  async function created(input: Record<string, unknown> = {}) {
    const answer = await api(
      stack,
      'POST',
      '/v1/customers',
      { key: `key-${unique()}`, ...input },
      { headers: synced },
    )
    expect(answer.status).toBe(201)
    return { id: String(answer.data['id']), stripeId: String(answer.data['stripe_customer_id']) }
  }

  async function ours(id: string) {
    return (await api(stack, 'GET', `/v1/customers/${id}`)).data
  }

  /** Until our side shows this. */
  function shows(id: string, expected: Record<string, unknown>) {
    return until(`our customer shows ${Object.keys(expected).join(', ')}`, async () => {
      const customer = await ours(id)
      return (
        Object.entries(expected).every(([k, v]) => JSON.stringify(customer[k]) === JSON.stringify(v)) &&
        customer
      )
    })
  }

  function updatesAtStripe(stripeId: string): number {
    return stack.sandbox
      .requests()
      .filter(({ method, path }) => method === 'POST' && path === `/v1/customers/${stripeId}`).length
  }

  describe('from our API to Stripe', () => {
    test('every mirrored field of a new customer arrives, with our marks in the metadata', async () => {
      const { id, stripeId } = await created({
        name: 'Zoë Ångström',
        email: 'zoe@example.com',
        phone: '+4930123456',
        description: 'first',
        billing_address: { line1: '1 Main St', city: 'Berlin', postal_code: '10115', country: 'de' },
        shipping: { name: 'Zoë', address: { line1: '2 Side St', city: 'Wien', country: 'AT' } },
        tax_exempt: 'exempt',
        preferred_locales: ['de', 'en'],
        metadata: { plan: 'pro', seats: 3 },
        tier: 'pro',
      })
      expect(await stripe(stack, 'GET', `/v1/customers/${stripeId}`)).toMatchObject({
        name: 'Zoë Ångström',
        email: 'zoe@example.com',
        phone: '+4930123456',
        description: 'first',
        address: { line1: '1 Main St', line2: null, city: 'Berlin', postal_code: '10115', country: 'DE' },
        shipping: { name: 'Zoë', address: { line1: '2 Side St', city: 'Wien', country: 'AT' } },
        tax_exempt: 'exempt',
        preferred_locales: ['de', 'en'],
        metadata: {
          plan: 'pro',
          seats: '3',
          lockstep_id: id,
          lockstep_tier: 'pro',
          lockstep_state: 'active',
        },
      })
    })

    test('a cleared field is cleared there', async () => {
      const { id, stripeId } = await created({
        name: 'Full',
        description: 'old',
        billing_address: { line1: 'x', city: 'y', country: 'FR' },
        shipping: { name: 'n', address: { line1: 'l', country: 'FR' } },
        preferred_locales: ['fr'],
        metadata: { a: '1', b: '2' },
      })
      const cleared = {
        name: null,
        description: null,
        billing_address: { city: null },
        shipping: null,
        preferred_locales: null,
        metadata: { b: '2' },
      }
      await api(stack, 'PATCH', `/v1/customers/${id}`, cleared, { headers: synced })
      const seen = await stripe(stack, 'GET', `/v1/customers/${stripeId}`)
      expect(seen).toMatchObject({
        name: null,
        description: null,
        address: { line1: 'x', city: null, country: 'FR' },
        shipping: null,
        preferred_locales: [],
      })
      expect(seen['metadata']).toEqual(expect.not.objectContaining({ a: '1' }))
    })

    test('one change makes one call, and its echo makes none', async () => {
      const { id, stripeId } = await created({ name: 'Echo' })
      const before = updatesAtStripe(stripeId)
      await api(stack, 'PATCH', `/v1/customers/${id}`, { name: 'Echo 2' }, { headers: synced })
      const echo = await until('the echo was taken in', async () => {
        const event = await newestEvent(stack, 'customer.updated', payload)
        const answer = await api(stack, 'GET', `/v1/stripe-events/${event}`)
        return answer.status === 200 && answer.data['outcome'] !== null && answer.data
      })
      expect(echo['outcome']).toBe('echo')
      expect(updatesAtStripe(stripeId)).toBe(before + 1)
      const reads = stack.sandbox
        .requests()
        .filter(({ path, method }) => method === 'GET' && path === `/v1/customers/${stripeId}`)
      // One look after the link, and this test's own reads are none: the echo asked for nothing.
      expect(reads).toHaveLength(1)
    })
  })

  describe('from Stripe to our API', () => {
    test('an edit, and a cleared field, arrive here', async () => {
      const { id, stripeId } = await created({ name: 'Before', description: 'there', metadata: { a: '1' } })
      await stripe(stack, 'POST', `/v1/customers/${stripeId}`, {
        name: 'After',
        description: '',
        'address[city]': 'Roma',
        'metadata[a]': '',
        'metadata[b]': '2',
        balance: '-500',
      })
      const customer = await shows(id, { name: 'After', description: null, metadata: { b: '2' } })
      expect(customer).toMatchObject({ billing_address: { city: 'Roma' }, balance: { amount: -500 } })
      expect(updatesAtStripe(stripeId)).toBe(1)
    })

    test('two edits within one second both arrive', async () => {
      const { id, stripeId } = await created({ name: 'One' })
      await stripe(stack, 'POST', `/v1/customers/${stripeId}`, { name: 'Two' })
      await stripe(stack, 'POST', `/v1/customers/${stripeId}`, { name: 'Three' })
      await shows(id, { name: 'Three' })
    })

    test('a customer created there appears here, and is marked as ours', async () => {
      const made = await stripe(stack, 'POST', '/v1/customers', {
        name: 'Born there',
        email: `b${unique()}@example.com`,
      })
      const found = await until('it appears', async () => {
        const answer = await api(stack, 'GET', `/v1/customers?stripe_customer_id=${String(made['id'])}`)
        const [first] = Array.isArray(answer.body['data']) ? answer.body['data'] : []
        return first?.name === 'Born there' && first.sync.state === 'synced' && first
      })
      const seen = await stripe(stack, 'GET', `/v1/customers/${String(made['id'])}`)
      expect(seen['metadata']).toMatchObject({ lockstep_id: found.id })
    })

    test('one deleted there is archived and unlinked here, and never made again by itself', async () => {
      const { id, stripeId } = await created({ name: 'Gone' })
      await stripe(stack, 'DELETE', `/v1/customers/${stripeId}`)
      await shows(id, { state: 'archived', stripe_customer_id: null })
      expect((await stripeCustomers(stack)).filter((each) => each['name'] === 'Gone')).toHaveLength(0)
      // Wanted again, it is a new generation, on record.
      const back = await api(stack, 'POST', `/v1/customers/${id}/unarchive`, undefined, { headers: synced })
      expect(back.data).toMatchObject({
        state: 'active',
        name: 'Gone',
        sync: { generation: 2, state: 'synced' },
      })
      expect(back.data['stripe_customer_id']).not.toBe(stripeId)
    })

    test('a duplicate e-mail there is taken here and not erased there', async () => {
      const email = `twice${unique()}@example.com`
      const first = await created({ email })
      const second = await created({ name: 'Second' })
      await stripe(stack, 'POST', `/v1/customers/${second.stripeId}`, { email })
      await shows(second.id, { email })
      expect(await ours(first.id)).toMatchObject({ email })
      expect(await stripe(stack, 'GET', `/v1/customers/${second.stripeId}`)).toMatchObject({ email })
      const claimant = await api(stack, 'GET', `/v1/customers/email/${encodeURIComponent(email)}`)
      expect(claimant.data['id']).toBe(first.id)
    })

    test('metadata keys that poison programs come through as they are', async () => {
      const { id, stripeId } = await created()
      await stripe(stack, 'POST', `/v1/customers/${stripeId}`, {
        'metadata[__proto__]': 'p',
        'metadata[constructor]': 'c',
        'metadata[$where]': 'w',
        'metadata[a.b]': 'd',
        'metadata[😀]': 'e',
      })
      const metadata = await until('they arrive', async () => {
        const found = (await ours(id))['metadata']
        return typeof found === 'object' && found !== null && Object.keys(found).length === 5 && found
      })
      expect(Object.entries(metadata).sort(byName)).toEqual(
        [
          ['$where', 'w'],
          ['__proto__', 'p'],
          ['a.b', 'd'],
          ['constructor', 'c'],
          ['😀', 'e'],
        ].sort(byName),
      )
      // … and back again, from our side.
      const input = JSON.parse('{"metadata":{"__proto__":"p2","a.b":"d2"}}')
      await api(stack, 'PATCH', `/v1/customers/${id}`, input, { headers: synced })
      const seen = await stripe(stack, 'GET', `/v1/customers/${stripeId}`)
      expect(
        Object.entries(seen['metadata'] ?? {})
          .filter(([key]) => !key.startsWith('lockstep_'))
          .sort(byName),
      ).toEqual(
        [
          ['__proto__', 'p2'],
          ['a.b', 'd2'],
        ].sort(byName),
      )
    })
  })
})

/** Metadata has no order. */
function byName([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a).localeCompare(String(b))
}
