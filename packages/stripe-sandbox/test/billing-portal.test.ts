import { describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from './support/sandbox.ts'
import { shapedClient } from './support/shaped-client.ts'

const sandbox = await testSandbox({ frozen: true })
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })

async function subscribed() {
  const customer = await stripe.customers.create({
    name: '<Ana & Co>',
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  })
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 1200,
    product_data: { name: 'Pro' },
    recurring: { interval: 'month' },
  })
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
  })
  return { customer, subscription }
}

async function open(url: string, method = 'GET') {
  const response = await fetch(url, { method })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

describe('a portal session', () => {
  it('leads to a page with subscriptions, payment methods and invoices, safe from what customers are called', async () => {
    const { customer, subscription } = await subscribed()
    const session = await stripe.billingPortal.sessions.create({
      customer: customer.id,
      return_url: 'https://example.com/account',
    })
    expect(session).toMatchObject({
      object: 'billing_portal.session',
      customer: customer.id,
      flow: null,
      return_url: 'https://example.com/account',
    })
    const [event] = (await stripe.events.list({ limit: 1 })).data
    expect([event?.type, event?.data.object]).toMatchObject(['billing_portal.session.created', session])
    const shown = await open(session.url)
    expect([shown.status, shown.type]).toEqual([200, 'text/html; charset=utf-8'])
    for (const part of [
      '&lt;Ana &amp; Co&gt;',
      subscription.id,
      '4242',
      `${customer.invoice_prefix}-0001`,
      '12.00 USD',
      'https://example.com/account',
    ])
      expect(shown.text).toContain(part)
  })

  it('lets a customer cancel, keep and pay with another card, with the events of the API', async () => {
    const { customer, subscription } = await subscribed()
    const card = await stripe.paymentMethods.attach('pm_card_mastercard', { customer: customer.id })
    const { url } = await stripe.billingPortal.sessions.create({ customer: customer.id })
    const buttons = (text: string) =>
      [...text.matchAll(/action="([^"]+)"/g)].map(([, to]) => url + to?.replaceAll('&amp;', '&'))
    const [cancel, other] = buttons((await open(url)).text)
    await open(cancel ?? '', 'POST')
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
      cancel_at_period_end: true,
      cancellation_details: { reason: 'cancellation_requested' },
    })
    await open(other ?? '', 'POST')
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({
      invoice_settings: { default_payment_method: card.id },
    })
    const types = (await stripe.events.list({ limit: 2 })).data.map(({ type }) => type)
    expect(types).toEqual(['customer.updated', 'customer.subscription.updated'])
    const [keep] = buttons((await open(url)).text)
    await open(keep ?? '', 'POST')
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
      cancel_at_period_end: false,
      canceled_at: null,
    })
  })

  it('is over after five minutes unused, or an hour after the last look; an unknown address shows nothing', async () => {
    const { customer } = await subscribed()
    const first = await stripe.billingPortal.sessions.create({ customer: customer.id })
    const second = await stripe.billingPortal.sessions.create({ customer: customer.id })
    await open(second.url)
    await sandbox.clock.advance(6 * 60_000)
    expect((await open(first.url)).status).toBe(400)
    expect((await open(second.url)).status).toBe(200)
    await sandbox.clock.advance(3_600_000)
    expect((await open(second.url)).status).toBe(400)
    expect((await open(`${sandbox.url}/_sandbox/portal/test_nope`)).status).toBe(400)
  })

  it('can point at the cancelling of one subscription of its customer, and at no flow that is not there', async () => {
    const { customer, subscription } = await subscribed()
    const other = await subscribed()
    const flow = (id: string) =>
      stripe.billingPortal.sessions.create({
        customer: customer.id,
        flow_data: { type: 'subscription_cancel', subscription_cancel: { subscription: id } },
      })
    expect((await flow(subscription.id)).flow).toMatchObject({
      type: 'subscription_cancel',
      subscription_cancel: { subscription: subscription.id, retention: null },
      after_completion: { type: 'portal_homepage' },
    })
    expect(await failureOf(flow(other.subscription.id))).toMatchObject({ statusCode: 400 })
    const { message } = await failureOf(
      stripe.billingPortal.sessions.create({
        customer: customer.id,
        flow_data: {
          type: 'subscription_update',
          subscription_update: { subscription: subscription.id },
        },
      }),
    )
    expect(message).toContain('not simulated')
    expect(await failureOf(stripe.billingPortal.sessions.create({}))).toMatchObject({
      code: 'parameter_missing',
      param: 'customer',
    })
  })
})

describe('a portal configuration', () => {
  it('is there by default, and can be made, changed and listed', async () => {
    const { data } = await stripe.billingPortal.configurations.list({ is_default: true })
    expect(data).toHaveLength(1)
    const made = await stripe.billingPortal.configurations.create({
      business_profile: { headline: 'Hello' },
      features: { invoice_history: { enabled: true } },
      metadata: { a: '1' },
    })
    expect(made).toMatchObject({
      is_default: false,
      features: { invoice_history: { enabled: true }, subscription_cancel: { enabled: false } },
    })
    const changed = await stripe.billingPortal.configurations.update(made.id, {
      active: false,
      features: { subscription_cancel: { enabled: true, mode: 'immediately' } },
    })
    expect(changed).toMatchObject({
      active: false,
      business_profile: { headline: 'Hello' },
      features: { subscription_cancel: { enabled: true, mode: 'immediately' } },
    })
    const events = (await stripe.events.list({ limit: 2 })).data.map(({ type }) => type)
    expect(events).toEqual(['billing_portal.configuration.updated', 'billing_portal.configuration.created'])
  })

  it('decides what the page of its sessions allows', async () => {
    const { customer, subscription } = await subscribed()
    const session = async (mode?: 'immediately') => {
      const configuration = await stripe.billingPortal.configurations.create({
        features: {
          invoice_history: { enabled: false },
          ...(mode ? { subscription_cancel: { enabled: true, mode } } : {}),
        },
      })
      return stripe.billingPortal.sessions.create({
        customer: customer.id,
        configuration: configuration.id,
      })
    }
    const none = await session()
    const shown = await open(none.url)
    expect(shown.text).not.toContain('<form')
    expect(shown.text).not.toContain(`${customer.invoice_prefix}-0001`)
    const action = `?action=cancel&subscription=${subscription.id}`
    expect((await open(none.url + action, 'POST')).status).toBe(400)
    expect((await open((await session('immediately')).url + action, 'POST')).status).toBe(200)
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled')
  })

  it('with features that the sandbox does not simulate is refused as such', async () => {
    const { message } = await failureOf(
      stripe.billingPortal.configurations.create({ features: { subscription_pause: { enabled: true } } }),
    )
    expect(message).toContain('not simulated')
  })
})
