import { beforeAll, describe, expect, it } from 'vitest'
import { validatingClient } from './support/requests.ts'
import { failureOf, testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox()
const { httpClient, checked } = validatingClient()
const stripe = sandbox.client('sk_test_lockstep', { httpClient })

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

describe('a customer', () => {
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

  it('answers as a stub once deleted, leaves lists, and cannot be changed', async () => {
    const { id } = await stripe.customers.create({ email: 'gone@example.com' })
    expect(await stripe.customers.del(id)).toMatchObject({ id, object: 'customer', deleted: true })
    const stub = await sandbox.request('GET', `/v1/customers/${id}`)
    expect([stub.status, stub.json]).toEqual([200, { id, object: 'customer', deleted: true }])
    expect((await stripe.customers.list({ email: 'gone@example.com' })).data).toEqual([])
    for (const call of [stripe.customers.update(id, { name: 'x' }), stripe.customers.del(id)]) {
      expect(await failureOf(call)).toMatchObject({ statusCode: 404, code: 'resource_missing', param: 'id' })
    }
  })

  it('shows expandable members only when asked, and refuses what cannot be expanded', async () => {
    const customer = await stripe.customers.create({
      expand: ['tax_ids', 'subscriptions', 'sources', 'tax', 'cash_balance'],
    })
    expect(customer.tax_ids).toMatchObject({
      object: 'list',
      data: [],
      has_more: false,
      url: `/v1/customers/${customer.id}/tax_ids`,
    })
    expect(customer.subscriptions?.data).toEqual([])
    expect(customer.tax?.automatic_tax).toBeDefined()
    const listed = await stripe.customers.list({ limit: 1, expand: ['data.tax_ids'] })
    expect(listed.data[0]?.tax_ids?.object).toBe('list')
    const refused = await failureOf(stripe.customers.retrieve(customer.id, { expand: ['name'] }))
    expect(refused).toMatchObject({ statusCode: 400, message: 'This property cannot be expanded (name).' })
    expect(await failureOf(stripe.customers.retrieve(customer.id, { expand: ['a.b.c.d.e'] }))).toMatchObject({
      statusCode: 400,
    })
  })

  it('says so when another mode holds the customer', async () => {
    const live = await sandbox.client('sk_live_lockstep').customers.create({})
    expect(live.livemode).toBe(true)
    const refused = await failureOf(stripe.customers.retrieve(live.id))
    expect(refused.message).toContain('a similar object exists in live mode, but a test mode key was used')
  })
})

describe('bad input', () => {
  let id = ''
  beforeAll(async () => {
    id = (await stripe.customers.create({})).id
  })

  it.each([
    [
      'an unknown parameter',
      'nope=1',
      { code: 'parameter_unknown', param: 'nope', message: 'Received unknown parameter: nope' },
    ],
    [
      'a nested unknown parameter',
      'invoice_settings[nope]=1',
      {
        code: 'parameter_unknown',
        param: 'invoice_settings[nope]',
        message: 'Received unknown parameter: invoice_settings[nope]',
      },
    ],
    ['a bad e-mail', 'email=nope', { code: 'email_invalid', param: 'email' }],
    [
      'a bad integer',
      'balance=abc',
      { code: 'parameter_invalid_integer', param: 'balance', message: 'Invalid integer: abc' },
    ],
    ['a huge integer', 'balance=99999999999999999999', { code: 'parameter_invalid_integer' }],
    ['an integer that is empty', 'balance=', { code: 'parameter_invalid_empty', param: 'balance' }],
    [
      'shipping without a name',
      'shipping[address][city]=x',
      { code: 'parameter_missing', param: 'shipping[name]' },
    ],
    ['a word outside a closed list', 'tax_exempt=maybe', { param: 'tax_exempt' }],
    ['text for an object', 'address=x', { param: 'address' }],
    ['an object for text', 'name[a]=x', { param: 'name' }],
    ['a list for metadata', 'metadata[]=x', { param: 'metadata' }],
    ['text for metadata', 'metadata=x', { param: 'metadata' }],
    ['metadata that nests', 'metadata[a][b]=x', { param: 'metadata[a]' }],
    ['a long metadata key', `metadata[${'k'.repeat(41)}]=x`, { param: 'metadata' }],
    ['a long metadata value', `metadata[k]=${'v'.repeat(501)}`, { param: 'metadata[k]' }],
    [
      '51 metadata keys',
      Array.from({ length: 51 }, (_, index) => `metadata[k${index}]=v`).join('&'),
      { param: 'metadata' },
    ],
    ['a key and an object at once', 'address=x&address[city]=y', {}],
    ['broken percent-encoding', 'name=%zz', {}],
    ['broken UTF-8', 'name=%ff%fe', {}],
    ['a null byte', 'name=a%00b', { param: 'name' }],
    ['nesting without end', `a${'[b]'.repeat(500)}=1`, {}],
    ['a bad prefix', 'invoice_prefix=lower', {}],
    [
      'five custom fields',
      Array.from(
        { length: 5 },
        (_, i) =>
          `invoice_settings[custom_fields][${i}][name]=n${i}&invoice_settings[custom_fields][${i}][value]=v`,
      ).join('&'),
      { param: 'invoice_settings[custom_fields]' },
    ],
  ])('%s is 400 on create and update, and changes nothing', async (_what, body, expected) => {
    const before = await sandbox.request('GET', '/v1/events?limit=1')
    for (const path of ['/v1/customers', `/v1/customers/${id}`]) {
      const answer = await sandbox.request('POST', path, body)
      expect(answer.status).toBe(400)
      expect(answer.error).toMatchObject({ type: 'invalid_request_error', ...expected })
    }
    expect((await sandbox.request('GET', '/v1/events?limit=1')).json['data']).toEqual(before.json['data'])
  })

  it.each([
    ['name', 256],
    ['email', 512],
    ['phone', 20],
    ['description', 5000],
    ['business_name', 150],
    ['individual_name', 150],
  ])('%s takes %i characters and not one more', async (name, max) => {
    const text = name === 'email' ? `a@${'b'.repeat(max - 2)}` : '😀'.repeat(max)
    const taken = await sandbox.request('POST', '/v1/customers', `${name}=${encodeURIComponent(text)}`)
    expect(taken.json[name]).toBe(text)
    const refused = await sandbox.request(
      'POST',
      '/v1/customers',
      `${name}=${encodeURIComponent(`${text}x`)}`,
    )
    expect([refused.status, refused.error['param']]).toEqual([400, name])
  })

  it('a taken invoice prefix names its holder', async () => {
    const holder = await stripe.customers.create({ invoice_prefix: 'TAKEN' })
    const refused = await failureOf(stripe.customers.update(id, { invoice_prefix: 'TAKEN' }))
    expect(refused).toMatchObject({ statusCode: 400, param: 'invoice_prefix' })
    expect(refused.message).toContain(holder.id)
    expect(refused.code).toBeUndefined()
    await stripe.customers.del(holder.id)
    expect((await stripe.customers.update(id, { invoice_prefix: 'TAKEN' })).invoice_prefix).toBe('TAKEN')
  })

  it('a customer that is not there is 404 by path', async () => {
    const answer = await sandbox.request('GET', '/v1/customers/cus_nope')
    expect([answer.status, answer.error]).toEqual([
      404,
      {
        code: 'resource_missing',
        doc_url: 'https://stripe.com/docs/error-codes/resource-missing',
        message: "No such customer: 'cus_nope'",
        param: 'id',
        request_log_url: expect.stringContaining(String(answer.headers.get('request-id'))),
        type: 'invalid_request_error',
      },
    ])
  })

  it.each([
    'DELETE /v1/customers',
    'PUT /v1/customers/cus_1',
    'GET /v1/nope',
    'POST /v1/account',
    'GET /v2/nope',
    'PATCH /v1/events',
  ])('%s is an unrecognized URL', async (call) => {
    const [method = '', path = ''] = call.split(' ')
    const answer = await sandbox.request(method, path)
    expect(answer.status).toBe(404)
    expect(answer.error['message']).toContain(`Unrecognized request URL (${method}: ${path})`)
  })

  it('a JSON body, a body that is too large and a wrong key are refused', async () => {
    expect(
      (await sandbox.request('POST', '/v1/customers', '{}', { 'Content-Type': 'application/json' })).status,
    ).toBe(400)
    expect((await sandbox.request('POST', '/v1/customers', `name=${'x'.repeat(1_100_000)}`)).status).toBe(413)
    for (const authorization of ['', 'Bearer nope', 'Bearer pk_test_x', 'Basic !!!', 'Digest x']) {
      const answer = await sandbox.request('GET', '/v1/customers', undefined, {
        Authorization: authorization,
      })
      expect([answer.status, answer.error['type']]).toEqual([401, 'invalid_request_error'])
    }
  })
})

it('every route of customers was validated against the specification', () => {
  expect([...checked].toSorted()).toEqual([
    'DELETE /v1/customers/{id}',
    'GET /v1/customers',
    'GET /v1/customers/{id}',
    'POST /v1/customers',
    'POST /v1/customers/{id}',
  ])
})
