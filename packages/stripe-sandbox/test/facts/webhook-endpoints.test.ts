import type Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { failureOf } from '../support/sandbox.ts'
import { sendingSandbox } from '../support/sending-sandbox.ts'

const { sandbox, receiver, secret } = await sendingSandbox()
const { stripe } = sandbox

describe('A webhook endpoint (FACTS 4)', () => {
  it('shows its secret once, and lives through update and deletion', async () => {
    const made = await stripe.webhookEndpoints.create({
      url: receiver.url,
      enabled_events: ['customer.created'],
      metadata: { a: '1' },
    })
    expect(made.secret).toMatch(/^whsec_\w{32}$/)
    const read = await stripe.webhookEndpoints.retrieve(made.id)
    expect(read).not.toHaveProperty('secret')
    expect(read).toMatchObject({
      status: 'enabled',
      enabled_events: ['customer.created'],
      api_version: null,
      application: null,
    })
    const changed = await stripe.webhookEndpoints.update(made.id, {
      disabled: true,
      description: 'd',
      enabled_events: ['*'],
      metadata: { a: '' },
    })
    expect(changed).toMatchObject({
      status: 'disabled',
      description: 'd',
      enabled_events: ['*'],
      metadata: {},
    })
    expect(await stripe.webhookEndpoints.del(made.id)).toMatchObject({ id: made.id, deleted: true })
    expect(await failureOf(stripe.webhookEndpoints.retrieve(made.id))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    })
  })

  it.each([
    ['no url', { enabled_events: ['*'] }, 'url'],
    ['a bad url', { url: 'nope', enabled_events: ['*'] }, 'url'],
    ['an unknown type', { url: 'http://x.y', enabled_events: ['customer.nope'] }, 'enabled_events[0]'],
    ['no types', { url: 'http://x.y' }, 'enabled_events'],
  ])('with %s is refused', async (_what, params, param) => {
    // The point is to send what the types forbid.
    const refused = await failureOf(
      stripe.webhookEndpoints.create(params as Stripe.WebhookEndpointCreateParams),
    )
    expect(refused).toMatchObject({ statusCode: 400, param })
  })

  it('signs with one signature for each living secret after a roll', async () => {
    const [endpoint] = (await stripe.webhookEndpoints.list()).data
    const { json } = await sandbox.door('POST', `/webhook_endpoints/${endpoint?.id ?? ''}/roll_secret`, {
      expires_in_seconds: 60,
    })
    const check = (index: number, one: string) => {
      const got = receiver.received[index]
      return stripe.webhooks.constructEvent(got?.body ?? '', got?.headers['stripe-signature'] ?? '', one)
    }
    receiver.clear()
    await stripe.customers.create({})
    await sandbox.settled()
    check(0, secret)
    check(0, String(json['secret']))
    await sandbox.clock.advance(60_000)
    await stripe.customers.create({})
    await sandbox.settled()
    check(1, String(json['secret']))
    expect(() => check(1, secret)).toThrow()
  })

  it('keeps an old secret for at most 24 hours', async () => {
    const [endpoint] = (await stripe.webhookEndpoints.list()).data
    const path = `/webhook_endpoints/${endpoint?.id ?? ''}/roll_secret`
    expect((await sandbox.door('POST', path, { expires_in_seconds: 86_401 })).status).toBe(400)
    expect((await sandbox.door('POST', path, { expires_in_seconds: 86_400 })).status).toBe(200)
  })
})
