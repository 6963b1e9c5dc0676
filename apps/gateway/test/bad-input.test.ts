import { expect, test } from 'vitest'
import { type CallOptions, startGateway } from './support/gateway.ts'

const unknownId = '0199b7a0-0000-7000-8000-000000000000'

interface Case {
  name: string
  request: [method: string, path: string, options?: CallOptions]
  status: number
  code: string
  fields?: string[]
}

const create = (json: unknown): Case['request'] => ['POST', '/v1/customers', { json }]
const invalid = (name: string, json: unknown, ...fields: string[]): Case => ({
  name,
  request: create(json),
  status: 422,
  code: 'invalid_request',
  fields,
})
const rawJson = (raw: string | Buffer): CallOptions => ({
  raw,
  headers: { 'Content-Type': 'application/json' },
})

const cases: Case[] = [
  {
    name: 'malformed JSON',
    request: ['POST', '/v1/customers', rawJson('{"key":')],
    status: 400,
    code: 'malformed_json',
  },
  {
    name: 'a bare number',
    request: ['POST', '/v1/customers', rawJson('7')],
    status: 400,
    code: 'malformed_json',
  },
  {
    name: 'another content type',
    request: [
      'POST',
      '/v1/customers',
      { raw: 'key=k', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
    ],
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    name: 'an unknown content encoding',
    request: [
      'POST',
      '/v1/customers',
      { raw: '{}', headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'rot13' } },
    ],
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    name: 'a broken gzip body',
    request: [
      'POST',
      '/v1/customers',
      { raw: '{}', headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' } },
    ],
    status: 400,
    code: 'malformed_json',
  },
  {
    name: 'a body over 256 KB',
    request: create({ key: 'k', description: 'x'.repeat(256 * 1024) }),
    status: 413,
    code: 'too_large',
  },
  {
    name: 'no body',
    request: ['POST', '/v1/customers'],
    status: 422,
    code: 'invalid_request',
    fields: ['body'],
  },
  invalid('a list as body', [1], 'body'),
  invalid('neither key nor e-mail', { name: 'Ada' }, 'key', 'email'),
  invalid('an empty e-mail and no key', { email: '' }, 'key', 'email'),
  invalid('an unknown field', { key: 'k', nmae: 'Ada' }, 'nmae'),
  invalid(
    'an unknown field in an address',
    { key: 'k', billing_address: { street: 'x' } },
    'billing_address.street',
  ),
  invalid('a field that only we write', { key: 'k', state: 'archived', status: 'lead' }, 'state', 'status'),
  invalid('a name that is no text', { key: 'k', name: 7 }, 'name'),
  invalid('a name that is too long', { key: 'k', name: 'x'.repeat(256) }, 'name'),
  invalid('an empty key', { key: '' }, 'key'),
  invalid('a key that is too long', { key: 'x'.repeat(256) }, 'key'),
  invalid('an e-mail without a domain', { email: 'ada@localhost' }, 'email'),
  invalid('an e-mail with a line break', { email: 'ada@example.com\nbcc:x@y.zz' }, 'email'),
  invalid('a phone that is not E.164', { key: 'k', phone: '030 123456' }, 'phone'),
  invalid(
    'a country that does not exist',
    { key: 'k', billing_address: { country: 'XX' } },
    'billing_address.country',
  ),
  invalid(
    'a country by name',
    { key: 'k', billing_address: { country: 'Norway' } },
    'billing_address.country',
  ),
  invalid('a currency that does not exist', { key: 'k', currency: 'xyz' }, 'currency'),
  invalid(
    'shipping without name and address',
    { key: 'k', shipping: {} },
    'shipping.name',
    'shipping.address',
  ),
  invalid(
    'shipping with a null address',
    { key: 'k', shipping: { name: 'A', address: null } },
    'shipping.address',
  ),
  invalid('an unknown tax status', { key: 'k', tax_exempt: 'maybe' }, 'tax_exempt'),
  invalid('a locale that is none', { key: 'k', preferred_locales: ['en_'] }, 'preferred_locales.0'),
  invalid('a tier that does not exist', { key: 'k', tier: 'gold' }, 'tier'),
  invalid('a null tier', { key: 'k', tier: null }, 'tier'),
  invalid('tags that are no texts', { key: 'k', tags: [1] }, 'tags.0'),
  invalid('an assignee that is no UUID', { key: 'k', assigned_to: 'bob' }, 'assigned_to'),
  invalid('a person and a company at once', { key: 'k', user_id: 'u', company_id: 'c' }, 'company_id'),
  invalid('metadata that is no object', { key: 'k', metadata: [1] }, 'metadata'),
  invalid('metadata over 32 KB', { key: 'k', metadata: { a: 'x'.repeat(32 * 1024) } }, 'metadata'),
  invalid('a reserved metadata name', { key: 'k', metadata: { lockstep_id: 'x' } }, 'metadata.lockstep_id'),
  invalid('an empty metadata name', { key: 'k', metadata: { '': 'x' } }, 'metadata'),
  invalid('NUL in a text', { key: 'k', name: 'a\0b' }, 'name'),
  invalid('NUL in a metadata name', { key: 'k', metadata: { 'a\0b': 1 } }, 'metadata'),
  {
    name: 'half a surrogate pair',
    request: ['POST', '/v1/customers', rawJson('{"key":"k","name":"\\ud83d"}')],
    status: 422,
    code: 'invalid_request',
    fields: ['name'],
  },
  {
    name: 'a number that would lose digits',
    request: ['POST', '/v1/customers', rawJson('{"key":"k","metadata":{"n":12345678901234567890}}')],
    status: 422,
    code: 'invalid_request',
    fields: ['metadata.n'],
  },
  {
    name: 'a number beyond all numbers',
    request: ['POST', '/v1/customers', rawJson('{"key":"k","metadata":{"n":1e999}}')],
    status: 422,
    code: 'invalid_request',
    fields: ['metadata.n'],
  },
  {
    name: 'a hundred thousand nested lists',
    request: [
      'POST',
      '/v1/customers',
      rawJson(`{"key":"k","metadata":{"n":${'['.repeat(1e5)}${']'.repeat(1e5)}}}`),
    ],
    status: 422,
    code: 'invalid_request',
    fields: ['metadata.n.0'],
  },
  {
    name: '__proto__ as a field',
    request: ['POST', '/v1/customers', rawJson('{"key":"k","__proto__":{"tier":"pro"}}')],
    status: 422,
    code: 'invalid_request',
    fields: ['__proto__'],
  },
  {
    name: 'fields in a move',
    request: ['POST', `/v1/customers/${unknownId}/archive`, { json: { force: true } }],
    status: 422,
    code: 'invalid_request',
    fields: ['force'],
  },
  {
    name: 'an update that changes the key',
    request: ['PUT', `/v1/customers/${unknownId}`, { json: { key: 'l' } }],
    status: 422,
    code: 'invalid_request',
    fields: ['key'],
  },
  {
    name: 'a malformed If-Match',
    request: ['PUT', `/v1/customers/${unknownId}`, { json: {}, headers: { 'If-Match': '3' } }],
    status: 422,
    code: 'invalid_request',
    fields: ['If-Match'],
  },
  {
    name: 'a weak If-Match',
    request: ['PUT', `/v1/customers/${unknownId}`, { json: {}, headers: { 'If-Match': 'W/"3"' } }],
    status: 422,
    code: 'invalid_request',
    fields: ['If-Match'],
  },
  {
    name: 'an Idempotency-Key that is too long',
    request: [
      'POST',
      '/v1/customers',
      { json: { key: 'k' }, headers: { 'Idempotency-Key': 'x'.repeat(256) } },
    ],
    status: 422,
    code: 'invalid_request',
    fields: ['Idempotency-Key'],
  },
  {
    name: 'an unknown query parameter',
    request: ['GET', '/v1/customers?sort=name'],
    status: 422,
    code: 'invalid_request',
    fields: ['sort'],
  },
  {
    name: 'a repeated query parameter',
    request: ['GET', '/v1/customers?tier=pro&tier=free'],
    status: 422,
    code: 'invalid_request',
    fields: ['tier'],
  },
  {
    name: 'a limit of 0',
    request: ['GET', '/v1/customers?limit=0'],
    status: 422,
    code: 'invalid_request',
    fields: ['limit'],
  },
  {
    name: 'a limit of 101',
    request: ['GET', '/v1/customers?limit=101'],
    status: 422,
    code: 'invalid_request',
    fields: ['limit'],
  },
  {
    name: 'a cursor that is no id',
    request: ['GET', '/v1/customers?after=x'],
    status: 422,
    code: 'invalid_request',
    fields: ['after'],
  },
  {
    name: 'NUL in a query parameter',
    request: ['GET', '/v1/customers?stripe_customer_id=%00'],
    status: 422,
    code: 'invalid_request',
    fields: ['stripe_customer_id'],
  },
  { name: 'an unknown id', request: ['GET', `/v1/customers/${unknownId}`], status: 404, code: 'not_found' },
  { name: 'an id that is none', request: ['GET', '/v1/customers/ada'], status: 404, code: 'not_found' },
  { name: 'an unknown key', request: ['GET', '/v1/customers/key/nobody'], status: 404, code: 'not_found' },
  { name: 'NUL in a key', request: ['GET', '/v1/customers/key/%00'], status: 404, code: 'not_found' },
  {
    name: 'an unknown e-mail',
    request: ['GET', '/v1/customers/email/nobody@example.com'],
    status: 404,
    code: 'not_found',
  },
  {
    name: 'an update of nobody',
    request: ['PUT', `/v1/customers/${unknownId}`, { json: { name: 'x' } }],
    status: 404,
    code: 'not_found',
  },
  {
    name: 'a move of nobody',
    request: ['DELETE', `/v1/customers/${unknownId}`],
    status: 404,
    code: 'not_found',
  },
  {
    name: 'an unknown operation',
    request: ['GET', `/v1/operations/${unknownId}`],
    status: 404,
    code: 'not_found',
  },
  {
    name: 'an unknown Stripe event',
    request: ['GET', '/v1/stripe-events/evt_none'],
    status: 404,
    code: 'not_found',
  },
  { name: 'an unknown route', request: ['GET', '/v2/customers'], status: 404, code: 'not_found' },
  {
    name: 'a path that cannot be decoded',
    request: ['GET', '/v1/customers/%ff'],
    status: 404,
    code: 'not_found',
  },
  {
    name: 'another verb',
    request: ['PUT', '/v1/customers', { json: {} }],
    status: 405,
    code: 'method_not_allowed',
  },
  {
    name: 'no API key',
    request: ['GET', '/v1/customers', { key: null }],
    status: 401,
    code: 'unauthenticated',
  },
  {
    name: 'a wrong API key',
    request: ['GET', '/v1/customers', { key: 'lsk_wrong' }],
    status: 401,
    code: 'unauthenticated',
  },
  {
    name: 'a wrong API key with a bad body',
    request: ['POST', '/v1/customers', { ...rawJson('{'), key: 'lsk_wrong' }],
    status: 401,
    code: 'unauthenticated',
  },
  {
    name: 'another scheme',
    request: ['GET', '/v1/customers', { key: null, headers: { Authorization: 'Basic YTpi' } }],
    status: 401,
    code: 'unauthenticated',
  },
]

test.each(cases)('$name is $status $code and changes nothing', async ({ request, status, code, fields }) => {
  const { call, store, worker } = await startGateway()
  const refused = await call(...request)
  expect(refused.status).toBe(status)
  expect(refused.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  expect(refused.body).toMatchObject({ status, code, type: `urn:lockstep:problem:${code}` })
  expect(refused.body.request_id).toBe(refused.headers.get('request-id'))
  if (fields)
    expect(refused.body.errors.map(({ field }: { field: string }) => field).toSorted()).toEqual(
      fields.toSorted(),
    )
  expect(await store.listCustomers({ tenantId: 'default', limit: 10 })).toEqual([])
  expect((await store.backlog()).waitingOperations).toBe(0)
  expect(worker.rung).toEqual([])
})

test('401 says how to authenticate, 405 what is allowed', async () => {
  const { call } = await startGateway()
  expect((await call('GET', '/v1/customers', { key: null })).headers.get('www-authenticate')).toContain(
    'Bearer',
  )
  expect((await call('DELETE', '/v1/customers')).headers.get('allow')).toBe('GET, POST, HEAD')
  expect((await call('GET', '/webhooks/stripe')).headers.get('allow')).toBe('POST')
})

test('a revoked key, and a key without the scope, are refused', async () => {
  const { call, addKey } = await startGateway()
  const revoked = await call('GET', '/v1/customers', { key: await addKey({ revoked: true }) })
  expect([revoked.status, revoked.body.code]).toEqual([401, 'unauthenticated'])
  const operator = await call('GET', '/v1/customers', { key: await addKey({ scopes: ['operator'] }) })
  expect([operator.status, operator.body.code]).toEqual([403, 'forbidden'])
})

test('with the database away every door is 503 with Retry-After, and nothing is acknowledged', async () => {
  const { call, away, apiKey, store } = await startGateway()
  await call('GET', '/v1/customers', { key: apiKey })
  away(true)
  for (const request of [
    create({ key: 'k' }),
    ['GET', '/v1/customers'],
    ['GET', `/v1/customers/${unknownId}`],
    ['GET', '/readyz'],
  ] as Case['request'][]) {
    const refused = await call(...request)
    expect([refused.status, refused.body.code]).toEqual([503, 'unavailable'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  }
  away(false)
  expect((await store.backlog()).waitingOperations).toBe(0)
})

test('one tenant sees nothing of another', async () => {
  const { call, addKey } = await startGateway()
  const made = await call('POST', '/v1/customers', { json: { key: 'k', email: 'k@example.com' } })
  const key = await addKey({ tenantId: 'other' })
  for (const path of [made.body.data.id, 'key/k', 'email/k@example.com']) {
    expect((await call('GET', `/v1/customers/${path}`, { key })).status).toBe(404)
  }
  expect((await call('PUT', `/v1/customers/${made.body.data.id}`, { json: { name: 'x' }, key })).status).toBe(
    404,
  )
  expect((await call('GET', '/v1/customers', { key })).body.data).toEqual([])
  expect((await call('POST', '/v1/customers', { json: { key: 'k' }, key })).status).toBe(201)
})
