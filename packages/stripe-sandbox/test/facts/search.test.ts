import { describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from '../support/sandbox.ts'
import { shapedClient } from '../support/shaped-client.ts'

const sandbox = await testSandbox({ frozen: true })
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })

describe('Search (FACTS 7)', () => {
  const found = async (query: string) =>
    (await stripe.customers.search({ query })).data.map(({ name }) => name)

  it('sees a write after its lag, and until then what was before', async () => {
    await sandbox.door('POST', '/reset')
    const { id } = await stripe.customers.create({ name: 'Lag', email: 'lag@example.com' })
    expect(await found('email:"lag@example.com"')).toEqual([])
    await sandbox.clock.advance(59_000)
    expect(await found('email:"lag@example.com"')).toEqual([])
    await sandbox.clock.advance(1000)
    expect(await found('email:"LAG@example.com"')).toEqual(['Lag'])
    await stripe.customers.update(id, { name: 'Changed' })
    expect(await found('name:"Changed"')).toEqual([])
    expect(await found('name:"lag"')).toEqual(['Lag'])
    await sandbox.clock.advance(60_000)
    expect(await found('name:"changed"')).toEqual(['Changed'])
    await stripe.customers.del(id)
    expect(await found('name:"changed"')).toEqual(['Changed'])
    await sandbox.clock.advance(60_000)
    expect(await found('name:"changed"')).toEqual([])
  })

  it('knows the operators, negation, null, metadata, AND and OR', async () => {
    await sandbox.door('POST', '/reset')
    const start = Math.floor(sandbox.clock.now() / 1000)
    await stripe.customers.create({
      name: 'Alice',
      email: 'a@x.org',
      phone: '123456',
      metadata: { tier: 'pro', 'a "b"': 'q' },
    })
    await sandbox.clock.advance(1000)
    await stripe.customers.create({ name: 'Bob', email: 'b@x.org', metadata: { tier: 'free' } })
    await sandbox.clock.advance(60_000)
    expect(await found('email~"x.org"')).toEqual(['Bob', 'Alice'])
    expect(await found('name:"alice" AND phone:"123456"')).toEqual(['Alice'])
    expect(await found("name:'alice' or name:'bob'")).toEqual(['Bob', 'Alice'])
    expect(await found('-name:"alice"')).toEqual(['Bob'])
    expect(await found('phone:null')).toEqual(['Bob'])
    expect(await found('-phone:null')).toEqual(['Alice'])
    expect(await found('metadata["tier"]:"PRO"')).toEqual(['Alice'])
    expect(await found('metadata["a \\"b\\""]:"q"')).toEqual(['Alice'])
    expect(await found('-metadata["tier"]:null')).toEqual(['Bob', 'Alice'])
    expect(await found(`created>${start}`)).toEqual(['Bob'])
    expect(await found(`created:${start}`)).toEqual(['Alice'])
    expect(await found(`created>=${start} created<=${start}`)).toEqual(['Alice'])
  })

  it.each([
    '',
    'name',
    'name:',
    'name:"a',
    'nope:"a"',
    'name~"ab"',
    'name>"a"',
    'created~"123"',
    'created:"x"',
    'metadata:"a"',
    'name["a"]:"b"',
    'name~null',
    'name:"a" AND email:"b" OR phone:"c"',
    Array.from({ length: 11 }, () => 'name:"a"').join(' AND '),
    'name:"a" XOR name:"b"',
    '((',
  ])('refuses %s', async (query) => {
    const answer = await sandbox.request('GET', `/v1/customers/search?query=${encodeURIComponent(query)}`)
    expect([answer.status, answer.error['type']]).toEqual([400, 'invalid_request_error'])
  })

  it('pages, counts when asked, and is held at 20 a second', async () => {
    await sandbox.door('POST', '/reset')
    for (let made = 0; made < 25; made++) await stripe.customers.create({ name: `page ${made}` })
    await sandbox.clock.advance(60_000)
    const seen: string[] = []
    for await (const customer of stripe.customers.search({ query: 'name~"page"', limit: 10 }))
      seen.push(customer.name ?? '')
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => `page ${24 - index}`))
    const counted = await stripe.customers.search({ query: 'name~"page"', limit: 1, expand: ['total_count'] })
    expect(counted).toMatchObject({
      object: 'search_result',
      has_more: true,
      total_count: 25,
      url: '/v1/customers/search',
    })
    expect(await stripe.customers.search({ query: 'name~"page"', limit: 1 })).not.toHaveProperty(
      'total_count',
    )
    await failureOf(stripe.customers.search({ query: 'name~"page"', page: 'nope' }))
    await sandbox.clock.advance(1000)
    sandbox.set({ limits: 'live' })
    const answers = await Promise.all(
      Array.from({ length: 24 }, () => sandbox.request('GET', '/v1/customers/search?query=name:%22x%22')),
    )
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(4)
    sandbox.set({ limits: 'off' })
  })

  it('answers an envelope of its own, and refuses in words that name what is wrong', async () => {
    const empty = await sandbox.request('GET', '/v1/customers/search?query=name:%22none%22')
    expect(JSON.stringify(empty.json)).toBe(
      '{"object":"search_result","data":[],"has_more":false,"next_page":null,"url":"/v1/customers/search"}',
    )
    const unknown = await sandbox.request('GET', '/v1/customers/search?query=nope:%22a%22')
    expect(unknown.error['message']).toBe(
      'Field `nope` is an unsupported search field for resource `customers`.',
    )
    const none = await sandbox.request('GET', '/v1/customers/search')
    expect(none.error).toMatchObject({ code: 'parameter_missing', param: 'query' })
  })

  it('takes up to ten clauses', async () => {
    const query = Array.from({ length: 10 }, (_, index) => `name:"n${index}"`).join(' OR ')
    expect((await stripe.customers.search({ query })).data).toEqual([])
  })

  it('counts its 20 a second for test and live mode apart', async () => {
    sandbox.set({ limits: 'live' })
    const search = (mode: string) =>
      sandbox.request('GET', '/v1/customers/search?query=name:%22x%22', undefined, {
        Authorization: `Bearer sk_${mode}_apart`,
      })
    const modes = Array.from({ length: 40 }, (_, index) => (index % 2 ? 'test' : 'live'))
    await sandbox.clock.advance(1000)
    const answers = await Promise.all(modes.map(search))
    expect(answers.map(({ status }) => status)).toEqual(modes.map(() => 200))
    const refused = await search('live')
    expect([refused.status, refused.headers.get('stripe-rate-limited-reason')]).toEqual([
      429,
      'endpoint-rate',
    ])
    sandbox.set({ limits: 'off' })
  })
})
