import { describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from '../support/sandbox.ts'
import { shapedClient } from '../support/shaped-client.ts'

const sandbox = await testSandbox({ frozen: true })
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })
const lastEvents = async (limit: number) => (await stripe.events.list({ limit })).data.map(({ type }) => type)

describe('Tax ids (FACTS 1.2)', () => {
  it('are checked, verified on the clock with an event, and deleted', async () => {
    const { id } = await stripe.customers.create({})
    const made = await stripe.customers.createTaxId(id, { type: 'eu_vat', value: 'DE123456789' })
    expect(made).toMatchObject({
      object: 'tax_id',
      country: 'DE',
      customer: id,
      owner: { customer: id, type: 'customer' },
      type: 'eu_vat',
      value: 'DE123456789',
      verification: { status: 'pending', verified_name: null, verified_address: null },
    })
    expect(await lastEvents(1)).toEqual(['customer.tax_id.created'])
    await sandbox.clock.advance(5000)
    expect((await stripe.customers.retrieveTaxId(id, made.id)).verification?.status).toBe('verified')
    const [event] = (await stripe.events.list({ limit: 1 })).data
    expect(event).toMatchObject({
      type: 'customer.tax_id.updated',
      request: { id: null, idempotency_key: null },
      data: { previous_attributes: { verification: { status: 'pending' } } },
    })
    expect(await stripe.customers.deleteTaxId(id, made.id)).toMatchObject({ id: made.id, deleted: true })
    expect(await lastEvents(1)).toEqual(['customer.tax_id.deleted'])
    expect((await stripe.customers.listTaxIds(id)).data).toEqual([])
    expect(await failureOf(stripe.taxIds.retrieve(made.id))).toMatchObject({ statusCode: 404 })
  })

  it('of the test values end as Stripe documents', async () => {
    const { id } = await stripe.customers.create({})
    const made = []
    for (const value of ['000000000', '111111111', '222222222'])
      made.push(await stripe.customers.createTaxId(id, { type: 'eu_vat', value }))
    await sandbox.clock.advance(5000)
    const statuses = await Promise.all(
      made.map(async (one) => (await stripe.taxIds.retrieve(one.id)).verification?.status),
    )
    expect(statuses).toEqual(['verified', 'unverified', 'pending'])
  })

  it.each([
    ['eu_vat', 'nope'],
    ['us_ein', '1'],
    ['gb_vat', 'GB1'],
    ['in_gst', 'x'],
  ] as const)('%s %s is tax_id_invalid', async (type, value) => {
    const { id } = await stripe.customers.create({})
    expect(await failureOf(stripe.customers.createTaxId(id, { type, value }))).toMatchObject({
      statusCode: 400,
      code: 'tax_id_invalid',
    })
    expect(await failureOf(stripe.customers.create({ tax_id_data: [{ type, value }] }))).toMatchObject({
      code: 'tax_id_invalid',
    })
  })

  it('come with a create, belong to customers or the account, and show by expand', async () => {
    const made = await stripe.customers.create({
      tax_id_data: [{ type: 'us_ein', value: '12-3456789' }],
      expand: ['tax_ids'],
    })
    expect(made.tax_ids?.data).toMatchObject([
      { type: 'us_ein', country: 'US', verification: { status: 'unavailable' } },
    ])
    const owned = await stripe.taxIds.create({
      type: 'gb_vat',
      value: 'GB123456789',
      owner: { type: 'customer', customer: made.id },
    })
    const ours = await stripe.taxIds.create({ type: 'us_ein', value: '98-7654321' })
    expect((await stripe.taxIds.list()).data.map(({ id }) => id)).toContain(ours.id)
    const listed = await stripe.taxIds.list({
      owner: { type: 'customer', customer: made.id },
      expand: ['data.customer'],
    })
    expect(listed.data.map(({ id }) => id)[0]).toBe(owned.id)
    expect(listed.data[0]?.customer).toMatchObject({ object: 'customer', id: made.id })
    expect(
      await failureOf(
        stripe.taxIds.create({
          type: 'us_ein',
          value: '12-3456789',
          owner: { type: 'customer', customer: 'cus_x' },
        }),
      ),
    ).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'owner[customer]',
    })
    await stripe.taxIds.del(owned.id)
  })

  it('have these members, and a verification only where Stripe verifies', async () => {
    const { id } = await stripe.customers.create({})
    const { json } = await sandbox.request(
      'POST',
      `/v1/customers/${id}/tax_ids`,
      'type=au_abn&value=12345678912',
    )
    expect(Object.keys(json)).toEqual([
      'id',
      'object',
      'country',
      'created',
      'customer',
      'customer_account',
      'livemode',
      'owner',
      'type',
      'value',
      'verification',
    ])
    expect(json).toMatchObject({
      country: 'AU',
      customer_account: null,
      owner: { type: 'customer', customer: id },
    })
    const ein = await stripe.customers.createTaxId(id, { type: 'us_ein', value: '12-3456789' })
    expect(ein.verification?.status).toBe('unavailable')
  })

  it('are of one of 135 types, which a refusal lists; unknown is not one that can be made', async () => {
    const { id } = await stripe.customers.create({})
    for (const type of ['nope', 'unknown']) {
      const { status, error } = await sandbox.request(
        'POST',
        `/v1/customers/${id}/tax_ids`,
        `type=${type}&value=1`,
      )
      expect([status, error['param']]).toEqual([400, 'type'])
      const [, list = ''] = String(error['message']).split('must be one of ')
      const words = list.split(/, (?:or )?/)
      expect(words).toHaveLength(135)
      for (const word of ['eu_vat', 'us_ein', 'au_abn', 'in_gst', 'gb_vat']) expect(words).toContain(word)
    }
  })

  it('of a bad form name the value and have the code of their own', async () => {
    const { id } = await stripe.customers.create({})
    const form = `type=eu_vat&value=${'x'.repeat(6000)}`
    const { status, error } = await sandbox.request('POST', `/v1/customers/${id}/tax_ids`, form)
    expect([status, error]).toEqual([
      400,
      {
        code: 'tax_id_invalid',
        doc_url: 'https://stripe.com/docs/error-codes/tax-id-invalid',
        message: 'Invalid value for eu_vat.',
        param: 'value',
        request_log_url: expect.any(String),
        type: 'invalid_request_error',
      },
    ])
  })

  it('are deleted and made again, for there is no verb that changes them', async () => {
    const { id } = await stripe.customers.create({ tax_id_data: [{ type: 'us_ein', value: '12-3456789' }] })
    const [taxId] = (await stripe.customers.listTaxIds(id)).data
    for (const path of [`/v1/customers/${id}/tax_ids/${taxId?.id}`, `/v1/tax_ids/${taxId?.id}`])
      expect((await sandbox.request('POST', path, 'value=98-7654321')).status).toBe(404)
  })
})
