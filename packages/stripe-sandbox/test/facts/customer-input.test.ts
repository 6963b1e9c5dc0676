import { beforeAll, describe, expect, it } from 'vitest'
import { testSandbox } from '../support/sandbox.ts'

const sandbox = await testSandbox()

describe('A parameter of a customer (FACTS 1.1 and 5)', () => {
  let id = ''
  beforeAll(async () => {
    id = (await sandbox.stripe.customers.create({})).id
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
    ['a list for text', 'name[]=x', { param: 'name', message: 'Invalid string: ["x"]' }],
    [
      'a sequence of invoices that begins before 1',
      'next_invoice_sequence=0',
      {
        code: 'parameter_invalid_integer',
        param: 'next_invoice_sequence',
        message: 'This value must be greater than or equal to 1.',
      },
    ],
    ['an IP address that is none', 'tax[ip_address]=here', { param: 'tax[ip_address]' }],
    [
      'a template of invoices, which cannot be there',
      'invoice_settings[rendering_options][template]=inrtem_x',
      { param: 'invoice_settings[rendering_options][template]' },
    ],
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

  it.each([
    ['description', 'description', 5000],
    ['each line of an address', 'address[line1]', 5000],
    ['the name of a custom field', 'invoice_settings[custom_fields][0][name]', 40],
    ['the value of a custom field', 'invoice_settings[custom_fields][0][value]', 140],
    ['the name for shipping', 'shipping[name]', 5000],
  ])('a text that is too long shows its ends and its limit: %s', async (_what, param, max) => {
    const others = {
      'invoice_settings[custom_fields][0][name]': 'n',
      'invoice_settings[custom_fields][0][value]': 'v',
      'shipping[name]': 'n',
      'shipping[address][city]': 'c',
    }
    const long = `abcd${'x'.repeat(max - 7)}wxyz`
    const form = String(new URLSearchParams({ ...others, [param]: long }))
    const { error } = await sandbox.request('POST', '/v1/customers', form)
    const message = `Invalid string: abcd...wxyz; must be at most ${max} characters`
    expect(error).toEqual({
      message,
      param,
      request_log_url: expect.any(String),
      type: 'invalid_request_error',
    })
  })

  it.each([
    ['tax_exempt=totally', 'Invalid tax_exempt: must be one of none, reverse, or exempt'],
    ['name[0]=a&name[1]=b', 'Invalid string: {"0":"a","1":"b"}'],
    ['preferred_locales=en', 'Invalid array'],
    ['address=x', 'Invalid object'],
    ['b=1&a=2', 'Received unknown parameters: b, a'],
    ['shipping[phone]=1', 'Missing required param: shipping[address].'],
    [
      `metadata[${'k'.repeat(41)}]=v`,
      `Metadata keys can have up to 40 characters, but you passed in a key that is 41 characters. Invalid key: ${'k'.repeat(41)}`,
    ],
    [
      `metadata[k]=${'v'.repeat(501)}`,
      expect.stringContaining(
        'Metadata values can have up to 500 characters, but you passed in a value that is 501 characters.',
      ),
    ],
    ['metadata[a[b]]=v', 'Metadata keys cannot be empty or contain square brackets.'],
  ])('%s is refused in the recorded words', async (form, message) => {
    const answer = await sandbox.request('POST', '/v1/customers', form)
    expect([answer.status, answer.error['message']]).toEqual([400, message])
  })

  it.each(['shipping[name]', 'shipping[address]'])(
    '%s, which shipping must have, cannot be emptied',
    async (param) => {
      const shipping = { name: 'Ana', address: { city: 'Ghent' } }
      const made = await sandbox.stripe.customers.create({ shipping })
      for (const path of ['/v1/customers', `/v1/customers/${made.id}`]) {
        const { error } = await sandbox.request('POST', path, `shipping[phone]=1&${param}=`)
        expect(['parameter_invalid_empty', 'parameter_missing']).toContain(error['code'])
      }
      const { error } = await sandbox.request('POST', `/v1/customers/${made.id}`, `${param}=`)
      expect(error).toMatchObject({ code: 'parameter_invalid_empty', param })
    },
  )

  it.each(['invoice_settings', 'tax', 'cash_balance'])('%s cannot be sent empty', async (param) => {
    const { error } = await sandbox.request('POST', `/v1/customers/${id}`, `${param}=`)
    expect(error).toMatchObject({
      code: 'parameter_invalid_empty',
      message: `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`,
      param,
    })
  })

  it.each(['coupon', 'promotion_code', 'currency'])('%s is none any more', async (param) => {
    const { error } = await sandbox.request('POST', '/v1/customers', `${param}=x`)
    expect(error).toMatchObject({
      code: 'parameter_unknown',
      message: `Received unknown parameter: ${param}`,
    })
  })

  it('as metadata takes 50 keys of 40 characters with values of 500', async () => {
    const keys = Array.from({ length: 50 }, (_, index) => String(index).padStart(40, 'k'))
    const form = keys.map((key) => `metadata[${key}]=${'v'.repeat(500)}`).join('&')
    const { json } = await sandbox.request('POST', '/v1/customers', form)
    expect(Object.keys(Object(json['metadata']))).toEqual(keys)
  })
})
