import { expect, test } from 'vitest'
import { startGateway } from './support/gateway.ts'

test('a customer is read by id, by key and by e-mail in any case', async () => {
  const { call } = await startGateway()
  const made = await call('POST', '/v1/customers', { json: { key: 'a/b ü', email: 'Ada@Example.com' } })
  const { id } = made.body.data
  for (const path of [id, id.toUpperCase(), `key/${encodeURIComponent('a/b ü')}`, 'email/ada@example.COM']) {
    const read = await call('GET', `/v1/customers/${path}`)
    expect([path, read.status, read.body.data?.id]).toEqual([path, 200, id])
    expect(read.headers.get('etag')).toBe('"1"')
  }
})

test('a deleted customer is still read by id and by key, not by e-mail, and not listed unless asked for', async () => {
  const { call } = await startGateway()
  const made = await call('POST', '/v1/customers', { json: { key: 'k', email: 'k@example.com' } })
  const { id } = made.body.data
  await call('DELETE', `/v1/customers/${id}`)
  expect((await call('GET', `/v1/customers/${id}`)).body.data.state).toBe('deleted')
  expect((await call('GET', '/v1/customers/key/k')).body.data.state).toBe('deleted')
  expect((await call('GET', '/v1/customers/email/k@example.com')).status).toBe(404)
  expect((await call('GET', '/v1/customers')).body.data).toEqual([])
  expect((await call('GET', '/v1/customers?state=deleted')).body.data).toHaveLength(1)
})

test('pages follow each other without a gap or a repeat, newest first', async () => {
  const { call } = await startGateway()
  const ids: string[] = []
  for (let n = 0; n < 7; n++) {
    ids.unshift((await call('POST', '/v1/customers', { json: { key: `k${n}` } })).body.data.id)
  }
  const seen: string[] = []
  let after = ''
  for (let more = true; more; ) {
    const page = await call('GET', `/v1/customers?limit=3${after}`)
    seen.push(...page.body.data.map(({ id }: { id: string }) => id))
    more = page.body.has_more
    after = `&after=${page.body.next_after}`
  }
  expect(seen).toEqual(ids)
  expect((await call('GET', `/v1/customers?limit=7`)).body).toMatchObject({
    has_more: false,
    next_after: null,
  })
})

test('the list is filtered by tier, e-mail and Stripe customer', async () => {
  const { call, worker } = await startGateway()
  const pro = (
    await call('POST', '/v1/customers', { json: { key: 'p', tier: 'pro', email: 'P@example.com' } })
  ).body.data
  await call('POST', '/v1/customers', { json: { key: 'f' } })
  await worker.sync({ tenantId: 'default', customerId: pro.id })
  const linked = (await call('GET', `/v1/customers/${pro.id}`)).body.data.stripe_customer_id
  for (const query of ['tier=pro', 'email=p@example.com', `stripe_customer_id=${linked}`]) {
    const found = await call('GET', `/v1/customers?${query}`)
    expect([query, found.body.data.map(({ id }: { id: string }) => id)]).toEqual([query, [pro.id]])
  }
  expect((await call('GET', '/v1/customers?status=churned')).body.data).toEqual([])
})
