import { beforeEach, describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from '../support/sandbox.ts'
import { shapedClient } from '../support/shaped-client.ts'

const sandbox = await testSandbox({ frozen: true })
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })
beforeEach(() => sandbox.door('POST', '/reset'))

describe('Events (FACTS 7)', () => {
  it('are listed newest first, also within one second, and filter by type', async () => {
    const { id } = await stripe.customers.create({})
    await stripe.customers.update(id, { name: 'a' })
    await stripe.customers.del(id)
    const { data } = await stripe.events.list({})
    expect(data.map(({ type }) => type)).toEqual(['customer.deleted', 'customer.updated', 'customer.created'])
    expect(new Set(data.map(({ created }) => created)).size).toBe(1)
    const filtered = async (params: Parameters<typeof stripe.events.list>[0]) =>
      (await stripe.events.list(params)).data.map(({ type }) => type)
    expect(await filtered({ type: 'customer.updated' })).toEqual(['customer.updated'])
    expect(await filtered({ type: 'customer.*' })).toHaveLength(3)
    expect(await filtered({ type: 'customer.subscription.*' })).toEqual([])
    expect(await filtered({ types: ['customer.created', 'customer.deleted'] })).toEqual([
      'customer.deleted',
      'customer.created',
    ])
    expect(await filtered({ ending_before: data[2]?.id ?? '', limit: 1 })).toEqual(['customer.updated'])
    expect(await stripe.events.retrieve(data[0]?.id ?? '')).toMatchObject({
      id: data[0]?.id,
      type: 'customer.deleted',
    })
    expect((await failureOf(stripe.events.list({ type: 'a', types: ['b'] }))).message).toBe(
      'Received both type and types parameters. Please pass in only one.',
    )
    const types = Array.from({ length: 21 }, (_, index) => `customer.t${index}`)
    expect((await stripe.events.list({ types: types.slice(1) })).data).toEqual([])
    expect(await failureOf(stripe.events.list({ types }))).toMatchObject({ statusCode: 400, param: 'types' })
  })

  it('keep their object as it was, whatever happens later', async () => {
    const { id } = await stripe.customers.create({ metadata: { a: '1' } })
    await stripe.customers.update(id, { metadata: { a: '2' } })
    const { data } = await stripe.events.list({ type: 'customer.created', limit: 1 })
    expect(data[0]?.data.object).toMatchObject({ id, metadata: { a: '1' } })
  })

  it('are gone after 30 days on the clock', async () => {
    await stripe.customers.create({})
    const [event] = (await stripe.events.list({ limit: 1 })).data
    await sandbox.clock.advance(30 * 86_400_000 - 1000)
    expect((await stripe.events.retrieve(event?.id ?? '')).id).toBe(event?.id)
    await sandbox.clock.advance(1000)
    expect((await stripe.events.list({})).data).toEqual([])
    expect(await failureOf(stripe.events.retrieve(event?.id ?? ''))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    })
  })

  it('are rendered in the version of the account, whatever version asks for them', async () => {
    await stripe.customers.create({})
    const { json } = await sandbox.request('GET', '/v1/events?limit=1', undefined, {
      'Stripe-Version': '2024-06-20',
    })
    expect(json['data']).toMatchObject([{ api_version: '2026-10-28.endive' }])
  })

  it('of an update and a deletion in one second have one time; the list still has their order', async () => {
    const { id } = await stripe.customers.create({})
    await stripe.customers.update(id, { name: 'x' })
    await stripe.customers.del(id)
    const [deleted, updated] = (await stripe.events.list({ limit: 2 })).data
    expect([deleted?.type, updated?.type]).toEqual(['customer.deleted', 'customer.updated'])
    expect(deleted?.created).toBe(updated?.created)
  })
})
