import { describe, expect } from 'vitest'
import { sendingSandbox } from '../support/sending-sandbox.ts'
import { settingTests } from '../support/unverified.ts'

const { sandbox, receiver } = await sendingSandbox()
const { stripe } = sandbox
const setting = settingTests(sandbox)
const lastEvent = async () => (await stripe.events.list({ limit: 1 })).data[0]

describe('What is not verified of events and webhooks is a setting (FACTS 9)', () => {
  setting('event_on_no_change', 'an update that changes nothing has no event, or an empty one', async () => {
    const { id } = await stripe.customers.create({ name: 'old', metadata: { a: '1' } })
    await stripe.customers.update(id, { name: 'old', metadata: { a: '1', never: '' } })
    expect((await lastEvent())?.type).toBe('customer.created')
    sandbox.set({ event_on_no_change: true })
    await stripe.customers.update(id, { name: 'old' })
    expect(await lastEvent()).toMatchObject({ type: 'customer.updated', data: { previous_attributes: {} } })
  })

  setting('previous_attributes_nested', 'nested objects are cut by member, or whole', async () => {
    const previousOf = async (address: '' | { city: string }) => {
      const { id } = await stripe.customers.create({ address: { city: 'A', line1: '1' } })
      await stripe.customers.update(id, { address })
      return (await lastEvent())?.data.previous_attributes
    }
    const whole = { address: { city: 'A', line1: '1', country: null } }
    expect(await previousOf({ city: 'B' })).toEqual({ address: { city: 'A' } })
    expect(await previousOf('')).toMatchObject(whole)
    sandbox.set({ previous_attributes_nested: 'whole' })
    expect(await previousOf({ city: 'B' })).toMatchObject(whole)
  })

  setting(
    'balance_transaction_updates_customer',
    'a balance transaction updates its customer, or tells nothing',
    async () => {
      const { id } = await stripe.customers.create({ balance: 100 })
      await stripe.customers.createBalanceTransaction(id, { amount: -500, currency: 'usd' })
      const event = await lastEvent()
      expect([event?.type, event?.data.previous_attributes]).toEqual(['customer.updated', { balance: 100 }])
      sandbox.set({ balance_transaction_updates_customer: false })
      await stripe.customers.createBalanceTransaction(id, { amount: -500, currency: 'usd' })
      expect((await lastEvent())?.id).toBe(event?.id)
    },
  )

  setting('webhook_disable_days', 'a receiver that fails for days stays enabled, or does not', async () => {
    const statuses = async () => {
      const thin = (await stripe.v2.core.eventDestinations.list()).data
      return [...(await stripe.webhookEndpoints.list()).data, ...thin].map(({ status }) => status)
    }
    const failOnce = async (outcome = 500) => {
      receiver.script(...Array.from({ length: 6 }, () => outcome))
      await stripe.customers.create({})
      await sandbox.settled()
      await sandbox.clock.advance(86_400_000)
    }
    await stripe.v2.core.eventDestinations.create({
      name: 'mine',
      type: 'webhook_endpoint',
      event_payload: 'thin',
      enabled_events: ['v1.customer.created'],
      webhook_endpoint: { url: receiver.url },
    })
    for (let day = 0; day < 5; day++) await failOnce()
    expect(await statuses()).toEqual(['enabled', 'enabled'])
    await failOnce(200)
    sandbox.set({ webhook_disable_days: 3 })
    for (let day = 0; day < 3; day++) await failOnce()
    expect(await statuses()).toEqual(['enabled', 'enabled'])
    await failOnce()
    expect(await statuses()).toEqual(['disabled', 'disabled'])
  })

  setting('invoice_upcoming_id', 'the invoice of invoice.upcoming has no id, or one of its own', async () => {
    const upcoming = async () => {
      const { id: customer } = await stripe.customers.create({
        payment_method: 'pm_card_visa',
        invoice_settings: { default_payment_method: 'pm_card_visa' },
      })
      const price = await stripe.prices.create({
        currency: 'usd',
        unit_amount: 700,
        recurring: { interval: 'month' },
        product_data: { name: 'x' },
      })
      await stripe.subscriptions.create({ customer, items: [{ price: price.id }] })
      await sandbox.clock.advance(25 * 86_400_000)
      return (await stripe.events.list({ type: 'invoice.upcoming', limit: 1 })).data[0]?.data.object
    }
    expect(await upcoming()).not.toHaveProperty('id')
    sandbox.set({ invoice_upcoming_id: 'upcoming_in' })
    await sandbox.door('POST', '/reset')
    expect(await upcoming()).toMatchObject({ id: expect.stringMatching(/^upcoming_in_/) })
  })

  setting('webhook_retry_seconds', 'an event is tried three times over some hours, or as set', async () => {
    const attempts = async (seconds: number) => {
      receiver.clear()
      receiver.script(...Array.from({ length: 9 }, () => 500))
      await stripe.customers.create({})
      await sandbox.settled()
      await sandbox.clock.advance(seconds * 1000)
      return receiver.received.length
    }
    expect(await attempts(3600 + 7200)).toBe(3)
    await sandbox.door('POST', '/reset')
    sandbox.set({ webhook_retry_seconds: [1, 2, 4, 8] })
    expect(await attempts(15)).toBe(5)
  })

  setting('webhook_live_retry_seconds', 'in live mode the waits are others', async () => {
    sandbox.set({ webhook_live_retry_seconds: [5] })
    const live = sandbox.client('sk_live_1')
    await live.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] })
    receiver.script(500, 500)
    await live.customers.create({})
    await sandbox.settled()
    await sandbox.clock.advance(86_400_000)
    expect(receiver.received).toHaveLength(2)
  })

  setting(
    'webhook_redirect',
    'a redirect of the receiver is a failure, or taken; it is never followed',
    async () => {
      const delivered = async () => {
        receiver.clear()
        receiver.script(302)
        await stripe.customers.create({})
        await sandbox.settled()
        await sandbox.clock.advance(3_600_000)
        return receiver.received.length
      }
      expect(await delivered()).toBe(2)
      sandbox.set({ webhook_redirect: 'taken' })
      expect(await delivered()).toBe(1)
    },
  )

  setting('webhook_timeout_ms', 'a receiver that does not answer in time has failed', async () => {
    sandbox.set({ webhook_timeout_ms: 20 })
    receiver.script(-1)
    await stripe.customers.create({})
    await sandbox.settled()
    expect(receiver.received).toHaveLength(1)
    await sandbox.clock.advance(3_600_000)
    expect(receiver.received).toHaveLength(2)
  })

  setting('thin_event_body_reason', 'the body of a thin event leaves its reason out, or has it', async () => {
    await stripe.v2.core.eventDestinations.create({
      name: 'thin',
      type: 'webhook_endpoint',
      event_payload: 'thin',
      enabled_events: ['v1.customer.created'],
      webhook_endpoint: { url: receiver.url },
    })
    const body = async () => {
      receiver.clear()
      await stripe.customers.create(
        {},
        { idempotencyKey: `reason ${sandbox.settings.thin_event_body_reason}` },
      )
      await sandbox.settled()
      return receiver.received
        .map((one) => JSON.parse(one.body))
        .find(({ object }) => object === 'v2.core.event')
    }
    expect(await body()).not.toHaveProperty('reason')
    sandbox.set({ thin_event_body_reason: true })
    expect(await body()).toMatchObject({ reason: { request: { idempotency_key: 'reason true' } } })
  })
})
