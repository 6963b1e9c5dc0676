import { describe, expect, it } from 'vitest'
import { startReceiver } from '../support/receiver.ts'
import { failureOf, testSandbox } from '../support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { stripe } = sandbox
const receiver = await startReceiver()

describe('An event destination (FACTS 4)', () => {
  it('shows url and secret only when asked, is switched off and on, pinged, changed and deleted', async () => {
    const destination = await stripe.v2.core.eventDestinations.create({
      name: 'thin',
      type: 'webhook_endpoint',
      event_payload: 'thin',
      enabled_events: ['v1.customer.created', 'v1.customer.updated'],
      webhook_endpoint: { url: receiver.url },
      include: ['webhook_endpoint.signing_secret', 'webhook_endpoint.url'],
    })
    expect(destination.webhook_endpoint).toMatchObject({
      url: receiver.url,
      signing_secret: expect.stringMatching(/^whsec_/),
    })
    const read = await stripe.v2.core.eventDestinations.retrieve(destination.id)
    expect(read).toMatchObject({
      object: 'v2.core.event_destination',
      status: 'enabled',
      event_payload: 'thin',
      webhook_endpoint: {},
    })
    expect(read.webhook_endpoint).toEqual({})
    expect((await stripe.v2.core.eventDestinations.disable(destination.id)).status).toBe('disabled')
    receiver.clear()
    await stripe.customers.create({})
    await sandbox.settled()
    expect((await stripe.v2.core.eventDestinations.enable(destination.id)).status).toBe('enabled')
    await stripe.v2.core.eventDestinations.ping(destination.id)
    await sandbox.settled()
    expect(receiver.received.map(({ event }) => event.type)).toEqual(['v2.core.event_destination.ping'])
    expect((await stripe.events.list({ limit: 1 })).data[0]?.type).toBe('customer.created')
    const changed = await stripe.v2.core.eventDestinations.update(destination.id, {
      description: 'd',
      metadata: { a: '1' },
    })
    expect(changed).toMatchObject({ description: 'd', metadata: { a: '1' } })
    expect((await stripe.v2.core.eventDestinations.list()).data.map(({ id }) => id)).toEqual([destination.id])
    expect(await stripe.v2.core.eventDestinations.del(destination.id)).toMatchObject({ id: destination.id })
    expect(await failureOf(stripe.v2.core.eventDestinations.retrieve(destination.id))).toMatchObject({
      statusCode: 404,
    })
  })

  it('of snapshots receives what a webhook endpoint does', async () => {
    receiver.clear()
    const made = await stripe.v2.core.eventDestinations.create({
      name: 's',
      type: 'webhook_endpoint',
      event_payload: 'snapshot',
      enabled_events: ['customer.created'],
      webhook_endpoint: { url: receiver.url },
      include: ['webhook_endpoint.signing_secret'],
    })
    const { id } = await stripe.customers.create({})
    await sandbox.settled()
    const [got] = receiver.received
    const event = stripe.webhooks.constructEvent(
      got?.body ?? '',
      got?.headers['stripe-signature'] ?? '',
      made.webhook_endpoint?.signing_secret ?? '',
    )
    expect(event).toMatchObject({ object: 'event', type: 'customer.created', data: { object: { id } } })
  })

  it.each([
    '{',
    '[]',
    '{"nope":1}',
    '{"name":{"a":1},"type":"webhook_endpoint","event_payload":"thin","enabled_events":[]}',
    '{"name":"x"}',
  ])('is not made by the body %s', async (body) => {
    expect(
      (
        await sandbox.request('POST', '/v2/core/event_destinations', body, {
          'Content-Type': 'application/json',
        })
      ).status,
    ).toBe(400)
  })
})
