import { expect, it } from 'vitest'
import { validatingClient } from './support/requests.ts'
import { failureOf, testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { httpClient, checked } = validatingClient()
const stripe = sandbox.client('sk_test_lockstep', { httpClient })

it('events are listed newest first, also within one second, and filter by type', async () => {
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
  await failureOf(stripe.events.list({ type: 'a', types: ['b'] }))
  await failureOf(
    stripe.events.list({ types: Array.from({ length: 21 }, (_, index) => `customer.t${index}`) }),
  )
})

it('an event keeps its object as it was, whatever happens later', async () => {
  const { id } = await stripe.customers.create({ metadata: { a: '1' } })
  await stripe.customers.update(id, { metadata: { a: '2' } })
  const { data } = await stripe.events.list({ type: 'customer.created', limit: 1 })
  expect(data[0]?.data.object).toMatchObject({ id, metadata: { a: '1' } })
})

it('events are gone after 30 days on the clock', async () => {
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
  expect([...checked]).toEqual(expect.arrayContaining(['GET /v1/events', 'GET /v1/events/{id}']))
})
