// The list of customers over HTTP: its filters and orders, and each parameter that is at fault named.

import { describe, expect, test } from 'vitest'
import { startGateway, type TestGateway } from './support/gateway.ts'

const rep = '019b6ec4-774c-70e0-9c2c-7ba19630289d'

async function filled(): Promise<TestGateway> {
  const gateway = await startGateway()
  const customers = [
    { key: 'b', name: 'Zoe', tier: 'pro', currency: 'EUR', company_id: 'acme' },
    { key: 'C', email: 'adam@example.com', tags: ['vip'], source: 'event', assigned_to: rep },
    { key: 'a', name: 'adam', app_id: 'shop', user_id: 'u-1', tier: 'pro' },
    { key: 'suspended' },
    { key: 'gone' },
  ]
  const ids: Record<string, string> = {}
  for (const json of customers)
    ids[json.key] = (await gateway.call('POST', '/v1/customers', { json })).body.data.id
  await gateway.call('POST', `/v1/customers/${ids['suspended']}/suspend`)
  await gateway.call('DELETE', `/v1/customers/${ids['gone']}`)
  return gateway
}

async function keys({ call }: TestGateway, query: string): Promise<string[]> {
  const listed = await call('GET', `/v1/customers?${query}`)
  expect(listed.status, JSON.stringify(listed.body)).toBe(200)
  return listed.body.data.map(({ key }: { key: string }) => key)
}

test('each filter and order of the list does what it says', async () => {
  const gateway = await filled()
  const shown = async (query: string) => [query, await keys(gateway, query)]
  const expected: [string, string[]][] = [
    ['', ['suspended', 'a', 'C', 'b']],
    ['state=suspended', ['suspended']],
    ['status=suspended', ['suspended']],
    ['status=active', ['a', 'C', 'b']],
    ['state=deleted', ['gone']],
    ['status=lead&state=active', ['a', 'C', 'b']],
    ['tier=pro', ['a', 'b']],
    ['tag=vip', ['C']],
    ['source=event', ['C']],
    [`assigned_to=${rep.toUpperCase()}`, ['C']],
    ['company_id=acme', ['b']],
    ['user_id=u-1', ['a']],
    ['app_id=shop', ['a']],
    ['currency=eur', ['b']],
    ['currency=EUR', ['b']],
    ['email=Adam@Example.com', ['C']],
    ['search=ADAM', ['a', 'C']],
    ['search=zo&tier=pro', ['b']],
    ['sort_by=key', ['a', 'b', 'C', 'suspended']],
    ['sort_by=key&sort_order=desc', ['suspended', 'C', 'b', 'a']],
    ['sort_by=created_at&sort_order=asc', ['b', 'C', 'a', 'suspended']],
    ['sort_by=name&tier=pro', ['a', 'b']],
    ['limit=2&offset=1', ['a', 'C']],
    ['sort_by=key&limit=1&offset=3', ['suspended']],
    ['offset=10000', []],
  ]
  const seen = await Promise.all(expected.map(([query]) => shown(query)))
  expect(seen).toEqual(expected)
})

test('a cursor leads through all of them, oldest first too; a list by key gives none', async () => {
  const { call } = await filled()
  const seen: string[] = []
  for (let after = ''; ; ) {
    const { body } = await call('GET', `/v1/customers?sort_by=created_at&sort_order=asc&limit=1${after}`)
    seen.push(...body.data.map(({ key }: { key: string }) => key))
    if (!body.has_more) break
    after = `&after=${body.next_after}`
  }
  expect(seen).toEqual(['b', 'C', 'a', 'suspended'])
  const { body } = await call('GET', '/v1/customers?sort_by=key&limit=1')
  expect(body).toMatchObject({ has_more: true, next_after: null })
})

describe('a parameter that is at fault is 422 and named', () => {
  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=10&limit=20', 'limit'],
    ['offset=-1', 'offset'],
    ['offset=10001', 'offset'],
    ['offset=1.5', 'offset'],
    [`offset=1&after=${rep}`, 'offset'],
    ['after=last', 'after'],
    [`after=${rep}&sort_by=key`, 'after'],
    ['sort_by=email', 'sort_by'],
    ['sort_by=name', 'sort_by'],
    ['sort_order=up', 'sort_order'],
    ['status=gone', 'status'],
    ['status=deleted', 'status'],
    ['status=active&state=active', 'status'],
    ['state=lead', 'state'],
    ['state=active&state=deleted', 'state'],
    ['tier=gold', 'tier'],
    ['tag=', 'tag'],
    ['tag=a&tag=b', 'tag'],
    ['assigned_to=me', 'assigned_to'],
    ['currency=xyz', 'currency'],
    ['email=nobody', 'email'],
    ['email[$ne]=x', 'email[$ne]'],
    ['search=', 'search'],
    [`search=${'a'.repeat(256)}`, 'search'],
    ['search=%00', 'search'],
    ['include=everything', 'include'],
    ['nonsense=1', 'nonsense'],
  ])('%s', async (query, fault) => {
    const { call } = await startGateway()
    const refused = await call('GET', `/v1/customers?${query}`)
    expect([refused.status, refused.body.code]).toEqual([422, 'invalid_request'])
    expect(refused.body.errors.map(({ field }: { field: string }) => field)).toEqual([fault])
  })
})
