import { beforeEach, describe, expect, it } from 'vitest'
import { startReceiver } from '../support/receiver.ts'
import { failureOf, testSandbox } from '../support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { stripe } = sandbox
const receiver = await startReceiver()

const destination = await stripe.v2.core.eventDestinations.create({
  name: 'thin',
  type: 'webhook_endpoint',
  event_payload: 'thin',
  enabled_events: ['v1.customer.created', 'v1.customer.updated'],
  webhook_endpoint: { url: receiver.url },
  include: ['webhook_endpoint.signing_secret', 'webhook_endpoint.url'],
})
const secret = destination.webhook_endpoint?.signing_secret ?? ''

describe('A thin event (FACTS 4)', () => {
  beforeEach(async () => {
    await sandbox.settled()
    receiver.clear()
  })

  it('is signed, names its object, and is fetched whole with its changes, cause and twin', async () => {
    const { id } = await stripe.customers.create({ name: 'old' })
    await stripe.customers.update(id, { name: 'new' }, { idempotencyKey: 'mine' })
    await stripe.customers.del(id)
    await sandbox.settled()
    expect(receiver.received).toHaveLength(2)
    const got = receiver.received[1]
    const notice = stripe.parseEventNotification(
      got?.body ?? '',
      got?.headers['stripe-signature'] ?? '',
      secret,
    )
    expect(() =>
      stripe.webhooks.constructEvent(got?.body ?? '', got?.headers['stripe-signature'] ?? '', secret),
    ).toThrow()
    expect(notice).toMatchObject({
      object: 'v2.core.event',
      type: 'v1.customer.updated',
      livemode: false,
      related_object: { id, type: 'customer', url: `/v1/customers/${id}` },
    })
    const event = await stripe.v2.core.events.retrieve(notice.id)
    const [twin] = (await stripe.events.list({ type: 'customer.updated' })).data
    expect(event).toMatchObject({
      id: notice.id,
      changes: { name: 'old' },
      snapshot_event: twin?.id,
      reason: { type: 'request', request: { idempotency_key: 'mine' } },
    })
    expect(new Date(event.created).getTime()).toBe(sandbox.clock.now() - (sandbox.clock.now() % 1000))
    const listed = await stripe.v2.core.events.list({ object_id: id })
    expect(listed.data.map(({ type }) => type)).toEqual([
      'v1.customer.deleted',
      'v1.customer.updated',
      'v1.customer.created',
    ])
    expect(await failureOf(stripe.v2.core.events.retrieve('evt_65nope'))).toMatchObject({ statusCode: 404 })
  })

  it('arrives with exactly these members, and is fetched with more', async () => {
    const { id } = await stripe.customers.create({ name: 'old' })
    await stripe.customers.update(id, { name: 'new' })
    await sandbox.settled()
    const notice: Record<string, unknown> = JSON.parse(receiver.received[1]?.body ?? '{}')
    const members = ['id', 'object', 'context', 'created', 'livemode', 'related_object', 'type']
    expect(Object.keys(notice)).toEqual(members)
    expect([notice['context'], notice['created']]).toEqual([
      null,
      expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
    ])
    const { json } = await sandbox.request('GET', `/v2/core/events/${String(notice['id'])}`)
    expect(Object.keys(json)).toEqual([
      'id',
      'object',
      'changes',
      'context',
      'created',
      'livemode',
      'reason',
      'related_object',
      'snapshot_event',
      'type',
    ])
  })

  it('says where its object is, below its customer if it must', async () => {
    const { id } = await stripe.customers.create({})
    const taxId = await stripe.customers.createTaxId(id, { type: 'us_ein', value: '12-3456789' })
    const [event] = (await stripe.v2.core.events.list({ object_id: taxId.id })).data
    const url = `/v1/customers/${id}/tax_ids/${taxId.id}`
    expect(event).toMatchObject({ related_object: { id: taxId.id, type: 'tax_id', url } })
    expect((await sandbox.request('GET', url)).json['id']).toBe(taxId.id)
  })

  it('of no request has no reason', async () => {
    const { id } = await stripe.customers.create({})
    const taxId = await stripe.customers.createTaxId(id, { type: 'eu_vat', value: 'DE123456789' })
    await sandbox.clock.advance(5000)
    const { data } = await stripe.v2.core.events.list({ object_id: taxId.id })
    expect(data.map((event) => [event.type, 'reason' in event])).toEqual([
      ['v1.customer.tax_id.updated', false],
      ['v1.customer.tax_id.created', true],
    ])
  })

  it('is listed by type and by time, as a date or in seconds', async () => {
    await sandbox.clock.advance(60_000)
    const { id } = await stripe.customers.create({})
    const at = Math.floor(sandbox.clock.now() / 1000)
    const idsOf = async (query: string) => {
      const { json } = await sandbox.request('GET', `/v2/core/events?object_id=${id}&${query}`)
      return JSON.stringify(json['data']).match(/"snapshot_event"/g)?.length ?? 0
    }
    const date = new Date(at * 1000).toISOString()
    expect(await idsOf(`created[gte]=${date}`)).toBe(1)
    expect(await idsOf(`created[gt]=${date}`)).toBe(0)
    expect(await idsOf(`created[lte]=${at}`)).toBe(1)
    expect(await idsOf(`created[lt]=${at}`)).toBe(0)
    expect(await idsOf('types[0]=v1.customer.created')).toBe(1)
    expect(await idsOf('types[0]=v1.customer.updated')).toBe(0)
    const wrong = await sandbox.request('GET', '/v2/core/events?created[gte]=soon')
    expect([wrong.status, wrong.error['param']]).toEqual([400, 'created[gte]'])
  })

  it('without a twin goes to no receiver of snapshots', async () => {
    await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] })
    const product = await stripe.products.create({ name: 'x' })
    await stripe.products.update(product.id, { active: false })
    await sandbox.settled()
    expect(receiver.received.map(({ event }) => event.type)).toEqual(['product.created', 'product.updated'])
    expect(
      (await stripe.v2.core.events.list({ object_id: product.id })).data.map(({ type }) => type),
    ).toContain('v1.product.deactivated')
  })
})
