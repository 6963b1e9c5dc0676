import { newTenant } from '@lockstep/domain/store/tenant'
import { expect, test } from 'vitest'
import { opsSessions } from '../src/ops/session.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

async function signIn({ call }: TestGateway, key: string) {
  return await call('POST', '/ops/sign-in', {
    raw: new URLSearchParams({ key }).toString(),
    key: null,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  })
}

const page = { key: null, headers: {} }

test('without an operator key there is only the form to sign in', async () => {
  const gateway = await startGateway()
  for (const path of ['/ops', '/ops/queues', '/ops/queues/api/queues']) {
    const shown = await gateway.call('GET', path, page)
    expect([path, shown.status]).toEqual([path, 401])
    expect(shown.text).toContain('Sign in with an operator key')
    expect(shown.text).not.toContain('Waiting operations')
  }
  expect((await gateway.call('GET', '/ops', { key: gateway.apiKey })).status).toBe(401)
})

test('an operator signs in with a cookie that scripts and other sites cannot use, and that holds no key', async () => {
  const gateway = await startGateway()
  const signedIn = await signIn(gateway, gateway.operatorKey)
  expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, '/ops'])
  const set = signedIn.headers.get('set-cookie') ?? ''
  expect(set).toMatch(/HttpOnly/)
  expect(set).toMatch(/SameSite=Strict/)
  expect(set).not.toContain(gateway.operatorKey)
  const cookie = set.split(';')[0] ?? ''
  const shown = await gateway.call('GET', '/ops', { key: null, headers: { Cookie: cookie } })
  expect(shown.status).toBe(200)
  expect(shown.text).toContain('Waiting operations')
  const other = await startGateway({ deps: { webhookSecrets: ['whsec_another_installation'] } })
  expect((await other.call('GET', '/ops', { key: null, headers: { Cookie: cookie } })).status).toBe(401)
})

test('a wrong key, and a key without the scope, do not sign in', async () => {
  const gateway = await startGateway()
  for (const key of ['', 'wrong', gateway.apiKey]) {
    const refused = await signIn(gateway, key)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('set-cookie')).toBeNull()
  }
})

test('a form that another site submits is refused', async () => {
  const { call, operatorKey } = await startGateway()
  const foreign = await call('POST', '/ops/sign-in', {
    raw: new URLSearchParams({ key: operatorKey }).toString(),
    key: null,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'cross-site' },
  })
  expect(foreign.status).toBe(403)
})

test('the page tells what waits, what is parked, who is paused and what Stripe is asked', async () => {
  const gateway = await startGateway({
    deps: {
      readBudget: async () => [{ scope: 'POST /v1/customers', account: 'acct_ours', used: 17, limit: 25 }],
    },
  })
  const { call, store, worker, operatorKey } = gateway
  await store.insertTenant({
    ...newTenant({ id: 'acme', livemode: true, linkByEmail: true, at: 0 }),
    paused_outbound: { reason: 'wrong_account', detail: 'the key belongs to <acct_x>', at: 0 },
  })
  worker.hold()
  await call('POST', '/v1/customers', { json: { key: 'k' }, headers: { Prefer: 'respond-async' } })
  const shown = await call('GET', '/ops', { key: operatorKey })
  expect(shown.status).toBe(200)
  expect(shown.text).toContain('<dt>Waiting operations</dt><dd>1</dd>')
  expect(shown.text).toContain('POST /v1/customers')
  expect(shown.text).toContain('17 of 25')
  expect(shown.text).toContain('One tenant is paused')
  expect(shown.text).toContain('the key belongs to &lt;acct_x&gt;')
  expect(shown.text).not.toContain('<script')
})

test('with the database away the page says so', async () => {
  const { call, away, operatorKey } = await startGateway()
  await call('GET', '/ops', { key: operatorKey })
  away(true)
  const shown = await call('GET', '/ops', { key: operatorKey })
  expect(shown.status).toBe(503)
  expect(shown.text).toContain('The database is away')
})

test('the queues are for looking only', async () => {
  const { call, operatorKey } = await startGateway()
  for (const method of ['PUT', 'POST', 'DELETE', 'PATCH']) {
    const refused = await call(method, '/ops/queues/api/queues/customer-apply/pause', { key: operatorKey })
    expect([method, refused.status, refused.body.code]).toEqual([method, 405, 'method_not_allowed'])
  }
})

test('a session ends after twelve hours, and an altered one is none', () => {
  const sessions = opsSessions(['whsec_a'])
  const sealed = sessions.seal('hash', 0)
  const hour = 60 * 60 * 1000
  expect(sessions.open(sealed, 12 * hour - 1)).toBe('hash')
  expect(sessions.open(sealed, 12 * hour)).toBeNull()
  const flipped = Buffer.from(sealed, 'base64url')
  flipped[30] = (flipped[30] ?? 0) ^ 1
  expect(sessions.open(flipped.toString('base64url'), 0)).toBeNull()
  expect(sessions.open('', 0)).toBeNull()
  expect(opsSessions(['whsec_new', 'whsec_a']).open(sealed, 0)).toBe('hash')
})
