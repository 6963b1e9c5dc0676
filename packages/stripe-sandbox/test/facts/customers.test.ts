import { describe, expect, it } from 'vitest'
import { testSandbox } from '../support/sandbox.ts'
import { shapedClient } from '../support/shaped-client.ts'

const sandbox = await testSandbox()
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })

const freshKeys = [
  'address',
  'balance',
  'created',
  'currency',
  'customer_account',
  'default_source',
  'delinquent',
  'description',
  'discount',
  'email',
  'id',
  'invoice_prefix',
  'invoice_settings',
  'livemode',
  'metadata',
  'name',
  'next_invoice_sequence',
  'object',
  'phone',
  'preferred_locales',
  'shipping',
  'tax_exempt',
  'test_clock',
]

describe('A customer (FACTS 1.1)', () => {
  it('answers exactly the recorded members when fresh', async () => {
    const customer = await stripe.customers.create({})
    expect(
      Object.keys(customer)
        .filter((key) => key !== 'lastResponse')
        .toSorted(),
    ).toEqual(freshKeys)
    expect(customer).toMatchObject({
      object: 'customer',
      address: null,
      balance: 0,
      currency: null,
      delinquent: false,
      email: null,
      livemode: false,
      metadata: {},
      next_invoice_sequence: 1,
      preferred_locales: [],
      shipping: null,
      tax_exempt: 'none',
      test_clock: null,
      invoice_settings: {
        custom_fields: null,
        default_payment_method: null,
        footer: null,
        rendering_options: null,
      },
    })
    expect(customer.id).toMatch(/^cus_\w{14}$/)
    expect(Number.isInteger(customer.created)).toBe(true)
    expect(customer.invoice_prefix).toMatch(/^[A-Z0-9]{8}$/)
  })

  it('keeps every parameter it takes', async () => {
    const given = {
      name: 'Ana Žižka 😀',
      email: 'ana@example.com',
      phone: '+420123456789',
      description: 'a customer',
      address: {
        city: 'Praha',
        country: 'CZ',
        line1: 'Ulice 1',
        line2: '2. patro',
        postal_code: '11000',
        state: '',
      },
      shipping: { name: 'Ana', phone: '123', address: { city: 'Brno' } },
      business_name: 'Ana s.r.o.',
      individual_name: 'Ana Žižka',
      tax_exempt: 'reverse' as const,
      preferred_locales: ['cs', 'en'],
      invoice_prefix: 'ANA1',
      next_invoice_sequence: 7,
      balance: -500,
      metadata: { a: '1', 'a.b': '2' },
      invoice_settings: {
        custom_fields: [{ name: 'PO', value: '42' }],
        footer: 'thanks',
        rendering_options: { amount_tax_display: 'exclude_tax' as const },
      },
    }
    const { id } = await stripe.customers.create(given)
    const customer = await stripe.customers.retrieve(id)
    expect(customer).toMatchObject({
      ...given,
      currency: 'usd',
      address: { ...given.address, state: null },
      shipping: {
        ...given.shipping,
        address: { city: 'Brno', country: null, line1: null, line2: null, postal_code: null, state: null },
      },
      invoice_settings: { ...given.invoice_settings, default_payment_method: null },
    })
  })

  it('merges addresses leaf by leaf and clears what is sent empty', async () => {
    const { id } = await stripe.customers.create({
      name: 'x',
      email: 'x@y.z',
      phone: '1',
      description: 'd',
      business_name: 'b',
      individual_name: 'i',
      tax_exempt: 'exempt',
      address: { city: 'A', line1: '1' },
      shipping: { name: 'n', address: { city: 'A' } },
      preferred_locales: ['en'],
    })
    const merged = await stripe.customers.update(id, { address: { line1: '2', country: 'DE' } })
    expect(merged.address).toEqual({
      city: 'A',
      country: 'DE',
      line1: '2',
      line2: null,
      postal_code: null,
      state: null,
    })
    const cleared = await stripe.customers.update(id, {
      name: '',
      email: '',
      phone: '',
      description: '',
      business_name: '',
      individual_name: '',
      address: '',
      shipping: '',
      tax_exempt: '',
      preferred_locales: [],
    })
    expect(cleared).toMatchObject({
      name: null,
      email: null,
      phone: null,
      description: null,
      address: null,
      shipping: null,
      tax_exempt: 'none',
    })
    expect(cleared).not.toHaveProperty('business_name')
    expect(cleared).not.toHaveProperty('individual_name')
  })

  it('merges metadata by key, removes a key sent empty, clears all when metadata is empty', async () => {
    const { id } = await stripe.customers.create({ metadata: { a: '1', b: '2' } })
    const merged = await stripe.customers.update(id, { metadata: { a: '', c: '3' } })
    expect(merged.metadata).toEqual({ b: '2', c: '3' })
    const cleared = await stripe.customers.update(id, { metadata: '' })
    expect(cleared.metadata).toEqual({})
  })

  it.each(['__proto__', 'constructor', '$where', 'a.b', 'žluť 😀', 'hasOwnProperty', '0', '$same'])(
    'carries the metadata key %s',
    async (key) => {
      const body = `metadata[${encodeURIComponent(key)}]=v`
      const made = await sandbox.request('POST', '/v1/customers', body)
      const read = await sandbox.request('GET', `/v1/customers/${String(made.json['id'])}`)
      expect(Object.entries(Object(read.json['metadata']))).toEqual([[key, 'v']])
      const removed = await sandbox.request(
        'POST',
        `/v1/customers/${String(made.json['id'])}`,
        `metadata[${encodeURIComponent(key)}]=`,
      )
      expect(Object.keys(Object(removed.json['metadata']))).toEqual([])
    },
  )

  it('takes a change of one leaf of its shipping, and lets it be when nothing of it is given', async () => {
    const shipping = { name: 'n', phone: '1', address: { city: 'A' } }
    const { id } = await stripe.customers.create({ shipping })
    // A single leaf is what the recording sent; the client's types ask for the whole.
    const changed = await sandbox.request('POST', `/v1/customers/${id}`, 'shipping[address][line1]=2')
    expect(changed.json['shipping']).toMatchObject({
      name: 'n',
      phone: '1',
      address: { city: 'A', line1: '2' },
    })
    const unchanged = await sandbox.request('POST', `/v1/customers/${id}`, '')
    expect(unchanged.json).toEqual(changed.json)
  })

  it('takes lists in either notation, and none of a list when it is sent empty', async () => {
    const { id } = await stripe.customers.create({})
    const localesOf = async (form: string) =>
      (await sandbox.request('POST', `/v1/customers/${id}`, form)).json['preferred_locales']
    expect(await localesOf('preferred_locales[]=en&preferred_locales[]=de')).toEqual(['en', 'de'])
    expect(await localesOf('preferred_locales[0]=cs&preferred_locales[1]=fr')).toEqual(['cs', 'fr'])
    expect(await localesOf('preferred_locales=')).toEqual([])
  })

  it('is put on a test clock when it is made or not at all, and is then no part of the plain list', async () => {
    const clock = await stripe.testHelpers.testClocks.create({ frozen_time: 1_800_000_000 })
    const made = await stripe.customers.create({ test_clock: clock.id })
    expect(made.test_clock).toBe(clock.id)
    const plain = (await stripe.customers.list({ limit: 100 })).data.map(({ id }) => id)
    expect(plain).not.toContain(made.id)
    expect((await stripe.customers.list({ test_clock: clock.id })).data.map(({ id }) => id)).toEqual([
      made.id,
    ])
    const late = await sandbox.request('POST', `/v1/customers/${plain[0]}`, `test_clock=${clock.id}`)
    expect([late.status, late.error['code']]).toEqual([400, 'parameter_unknown'])
  })
})
