// Webhooks that come twice, late, in the wrong order or never: the last word is always what Stripe shows (G3, G4).

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import Stripe from 'stripe'
import { api, stripe } from '../support/api.ts'
import { atRest, payloads, type Stack, startStack, webhookSecret } from '../support/stack.ts'
import { until } from '../support/until.ts'

describe.each(payloads)('on %s events', (payload) => {
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack({ payload, measured: true })
  })
  afterEach(() => {
    stack.sandbox.faults.remove()
  })
  afterAll(() => stack.close())

  async function created(name: string) {
    const headers = { prefer: 'wait=20; until=synced' }
    const { data } = await api(
      stack,
      'POST',
      '/v1/customers',
      { key: `${name}-${process.pid}`, name },
      { headers },
    )
    return { id: String(data['id']), stripeId: String(data['stripe_customer_id']) }
  }

  function named(id: string, name: string) {
    return until(
      `the name is ${name}`,
      async () => (await api(stack, 'GET', `/v1/customers/${id}`)).data['name'] === name,
    )
  }

  /** Delivers an event by hand, signed as Stripe signs. */
  async function post(event: unknown) {
    const payload = JSON.stringify(event)
    const signature = new Stripe('sk_test_x').webhooks.generateTestHeaderString({
      payload,
      secret: webhookSecret,
    })
    return fetch(`${stack.gateways[0]?.url}/webhooks/stripe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': signature },
      body: payload,
    })
  }

  test('an event that comes three times is taken in once', async () => {
    const { id, stripeId } = await created('thrice')
    stack.sandbox.faults.add({
      event_type: 'customer.updated',
      action: { kind: 'duplicate', count: 2, ms: 0 },
    })
    await stripe(stack, 'POST', `/v1/customers/${stripeId}`, { name: 'thrice 2' })
    await named(id, 'thrice 2')
    await atRest(stack)
    const events = await stack.store.readEvents('default', 0, 10_000)
    const renamed = events.filter((event) => event.customer_id === id && event.type === 'customer.updated')
    expect(renamed).toHaveLength(1)
  })

  test('events in the wrong order end in what Stripe shows', async () => {
    const { id, stripeId } = await created('order')
    stack.sandbox.faults.add({
      event_type: 'customer.updated',
      nth: [1],
      action: { kind: 'reorder', behind: 2, ms: 3000 },
    })
    for (const name of ['order 1', 'order 2', 'order 3'])
      await stripe(stack, 'POST', `/v1/customers/${stripeId}`, { name })
    await named(id, 'order 3')
    await stripe(stack, 'POST', `/v1/customers/${stripeId}`, { description: 'last' })
    await until('the last edit is here', async () => {
      const { data } = await api(stack, 'GET', `/v1/customers/${id}`)
      return data['description'] === 'last' && data['name'] === 'order 3'
    })
  })

  test('an edit that our push overwrote is on record, with the lost value', async () => {
    const { id, stripeId } = await created('overwrite')
    // Our update is slow on its way; meanwhile somebody edits the same field at the dashboard.
    const slow = stack.sandbox.faults.add({
      method: 'POST',
      path: `/v1/customers/${stripeId}`,
      nth: [1],
      action: { kind: 'delay', ms: 1500 },
    })
    const calls = () =>
      stack.sandbox.requests().filter(({ path }) => path === `/v1/customers/${stripeId}`).length
    const before = calls()
    await api(stack, 'PATCH', `/v1/customers/${id}`, { name: 'ours' })
    // An intent that is only written down could be overtaken: then the edit would be the slow one, and overwrite ours.
    await until('our push is on its way', () =>
      stack.sandbox.faults.list().some((rule) => rule.id === slow.id && rule.applied === 1),
    )
    await stripe(stack, 'POST', `/v1/customers/${stripeId}`, { name: 'theirs' })
    await until('both calls were made', () => calls() >= before + 2)
    const data = await until('the lost edit is on record', async () => {
      const answer = await api(stack, 'GET', `/v1/customers/${id}`)
      const { conflicts } = answer.data['sync'] as { conflicts: { lost: string }[] }
      return conflicts.some(({ lost }) => lost === 'theirs') && answer.data
    })
    expect(data['name']).toBe('ours')
    await until(
      'Stripe shows ours',
      async () => (await stripe(stack, 'GET', `/v1/customers/${stripeId}`))['name'] === 'ours',
    )
  })

  // The event list has snapshots alone.
  if (payload === 'snapshot') {
    test('an older snapshot changes nothing', async () => {
      const { id, stripeId } = await created('snapshot')
      const old = await stripe(stack, 'GET', `/v1/customers/${stripeId}`)
      await stripe(stack, 'POST', `/v1/customers/${stripeId}`, { name: 'snapshot 2' })
      await named(id, 'snapshot 2')
      const created_ = Math.floor(Date.now() / 1000)
      const event = {
        id: `evt_old${process.pid}`,
        object: 'event',
        type: 'customer.updated',
        created: created_,
        livemode: false,
        data: { object: old, previous_attributes: { name: 'x' } },
        request: { id: null, idempotency_key: null },
      }
      expect((await post(event)).status).toBe(200)
      const taken = await until('it was looked into', async () => {
        const answer = await api(stack, 'GET', `/v1/stripe-events/${event.id}`)
        return answer.data['outcome'] !== null && answer.data
      })
      expect(taken['outcome']).toBe('looked')
      await stripe(stack, 'POST', `/v1/customers/${stripeId}`, { description: 'marker' })
      const after = await until('a later edit is here', async () => {
        const { data } = await api(stack, 'GET', `/v1/customers/${id}`)
        return data['description'] === 'marker' && data
      })
      expect(after['name']).toBe('snapshot 2')
    })

    test('an event whose webhook never came is found in the event list', async () => {
      const { id, stripeId } = await created('dropped')
      stack.sandbox.faults.add({ event_type: 'customer.updated', action: { kind: 'drop', retry: false } })
      await stripe(stack, 'POST', `/v1/customers/${stripeId}`, { name: 'dropped 2' })
      await named(id, 'dropped 2')
    })
  }
})
