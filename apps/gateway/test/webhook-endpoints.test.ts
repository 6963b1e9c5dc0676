import { openingKey } from '@lockstep/domain/delivery/sealing'
import { expect, test } from 'vitest'
import { type StartOptions, startGateway } from './support/gateway.ts'

const workersKey = openingKey(Buffer.alloc(32, 3).toString('base64'))
const url = 'https://example.com/hooks'

/** A gateway beside workers that deliver. */
async function startWithWorkers(options: StartOptions = {}) {
  const gateway = await startGateway(options)
  if (!workersKey) throw new Error('the key is none')
  const { id, publicKey } = workersKey
  await gateway.store.publishSealingKey({ _id: id, public_key: publicKey, published_at: 1 })
  return { ...gateway, open: (sealed: string, context: string) => workersKey.open(sealed, context) }
}

test('the secret is shown once, and what is stored of it opens with the workers’ key alone', async () => {
  const { call, store, open } = await startWithWorkers()
  const made = await call('POST', '/v1/webhook-endpoints', { json: { url, types: ['customer.*'] } })
  expect(made.status).toBe(201)
  const { id, secret } = made.body.data
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  const stored = await store.readEndpoint('default', id)
  expect(JSON.stringify(stored)).not.toContain(secret)
  expect(open(stored?.secrets[0]?.sealed ?? '', `default/${id}`)).toBe(secret)
  for (const path of [`/v1/webhook-endpoints/${id}`, '/v1/webhook-endpoints'])
    expect((await call('GET', path)).text).not.toContain('whsec_')
})

test('each change of an endpoint is on record before it takes effect, and a refused one is not', async () => {
  const gateway = await startWithWorkers()
  const { call } = gateway
  const { body } = await call('POST', '/v1/webhook-endpoints', { json: { url } })
  const path = `/v1/webhook-endpoints/${body.data.id}`
  await call('PATCH', path, { json: { enabled: false } })
  await call('POST', `${path}/rotate-secret`, { json: {} })
  await call('DELETE', path)
  expect((await call('DELETE', path)).status).toBe(404)
  const log = await gateway.store.listAudit({ tenantId: 'default', limit: 10 })
  const done = log.filter(({ action }) => action !== 'api_key.use')
  expect(done.map(({ action, subject }) => [action, subject])).toEqual(
    ['delete', 'rotate_secret', 'update', 'create'].map((what) => [`webhook_endpoint.${what}`, body.data.id]),
  )
  gateway.store.appendAudit = async () => {
    throw new Error('no room')
  }
  expect((await call('POST', '/v1/webhook-endpoints', { json: { url } })).status).toBe(500)
  expect(await gateway.store.listEndpoints('default')).toEqual([])
})

test('no endpoint is made while no worker could deliver', async () => {
  const { call } = await startGateway()
  const { status, body } = await call('POST', '/v1/webhook-endpoints', { json: { url } })
  expect([status, body.code]).toEqual([503, 'deliveries_off'])
})

test.each([
  ['http://example.com/', 'must be https'],
  ['https://localhost/', 'must be at a public address'],
  ['https://api.localhost/', 'must be at a public address'],
  ['https://metadata.google.internal/', 'must be at a public address'],
  ['https://127.0.0.1/', 'must be at a public address'],
  ['https://2130706433/', 'must be at a public address'],
  ['https://[::ffff:169.254.169.254]/', 'must be at a public address'],
  ['https://10.0.0.1:8443/', 'must be at a public address'],
  ['https://user:word@example.com/', 'must not hold a user or a password'],
  ['https://example.com/#part', 'must not hold a fragment'],
  ['ftp://example.com/', 'must be a URL like https://example.com/hooks'],
  ['example.com', 'must be a URL like https://example.com/hooks'],
])('%s is refused: %s', async (refused, message) => {
  const { call } = await startWithWorkers()
  const { status, body } = await call('POST', '/v1/webhook-endpoints', { json: { url: refused } })
  expect([status, body.errors]).toEqual([422, [{ field: 'url', message }]])
})

test('private addresses are taken where the setting allows them', async () => {
  const { call } = await startWithWorkers({ deps: { allowPrivate: true } })
  const json = { url: 'http://127.0.0.1:9000/hooks' }
  expect((await call('POST', '/v1/webhook-endpoints', { json })).status).toBe(201)
})

test('another tenant neither sees an endpoint nor changes it', async () => {
  const { call, addKey } = await startWithWorkers()
  const { body } = await call('POST', '/v1/webhook-endpoints', { json: { url } })
  const path = `/v1/webhook-endpoints/${body.data.id}`
  const key = await addKey({ tenantId: 'other' })
  expect((await call('GET', '/v1/webhook-endpoints', { key })).body.data).toEqual([])
  const since = { since: '2026-01-01T00:00:00Z' }
  const asked = [
    await call('GET', path, { key }),
    await call('PATCH', path, { key, json: { enabled: false } }),
    await call('DELETE', path, { key }),
    await call('GET', `${path}/attempts`, { key }),
    await call('POST', `${path}/test`, { key }),
    await call('POST', `${path}/rotate-secret`, { key, json: {} }),
    await call('POST', `${path}/resend`, { key, json: { event_id: 'x' } }),
    await call('POST', `${path}/recover`, { key, json: since }),
    await call('POST', `${path}/replay`, { key, json: since }),
  ]
  expect(asked.map(({ status }) => status)).toEqual(asked.map(() => 404))
  expect((await call('GET', path)).body.data).toMatchObject({ enabled: true })
})

test('a tenant has fifty at most', async () => {
  const { call } = await startWithWorkers()
  const make = () => call('POST', '/v1/webhook-endpoints', { json: { url } })
  for (let n = 0; n < 50; n++) expect((await make()).status).toBe(201)
  const { status, body } = await make()
  expect([status, body.code]).toEqual([409, 'too_many_endpoints'])
})

test('a change keeps what it does not name; a repeated or odd filter is 422', async () => {
  const { call } = await startWithWorkers()
  const made = await call('POST', '/v1/webhook-endpoints', { json: { url, types: ['customer.*'] } })
  const path = `/v1/webhook-endpoints/${made.body.data.id}`
  const changed = await call('PATCH', path, { json: { description: 'ours' } })
  expect(changed.body.data).toMatchObject({ url, types: ['customer.*'], description: 'ours', enabled: true })
  for (const [json, field] of [
    [{ types: ['customer*'] }, 'types.0'],
    [{ enabled: 'no' }, 'enabled'],
    [{ secret: 'x' }, 'secret'],
  ] as const) {
    const { status, body } = await call('PATCH', path, { json })
    expect([status, body.errors[0].field]).toEqual([422, field])
  }
  const odd = await call('POST', `${path}/recover`, { json: { since: 'yesterday' } })
  expect([odd.status, odd.body.errors[0].field]).toEqual([422, 'since'])
})
