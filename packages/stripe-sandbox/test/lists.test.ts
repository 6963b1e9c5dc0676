import { expect, it } from 'vitest'
import { testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { stripe } = sandbox

it('pages of v2 lists go on where they ended, with the filters of the request', async () => {
  const names: string[] = []
  for (let made = 0; made < 5; made++) names.unshift((await stripe.products.create({ name: 'Tea' })).id)
  const types = ['v1.product.created']
  const seen: (string | undefined)[] = []
  for await (const event of stripe.v2.core.events.list({ types, limit: 2 })) {
    seen.push('related_object' in event ? event.related_object?.url.split('/').at(-1) : undefined)
    // What is made or changed meanwhile is not of the pages that follow.
    await stripe.products.update(names[0] ?? '', { metadata: { seen: seen.length } })
  }
  expect(seen).toEqual(names)
})

it('the id of a deleted coupon works as a cursor, and one that is used again stands first', async () => {
  for (const id of ['one', 'two', 'three']) await stripe.coupons.create({ id, percent_off: 1 })
  await stripe.coupons.del('two')
  const idsOf = async (params: object) => (await stripe.coupons.list(params)).data.map(({ id }) => id)
  expect(await idsOf({ starting_after: 'two' })).toEqual(['one'])
  await stripe.coupons.create({ id: 'two', percent_off: 1 })
  expect(await idsOf({})).toEqual(['two', 'three', 'one'])
  for (const id of ['prod_one', 'prod_two']) await stripe.products.create({ id, name: 'Tea' })
  await stripe.products.del('prod_one')
  await stripe.products.create({ id: 'prod_one', name: 'Tea' })
  expect((await stripe.products.list({ limit: 2 })).data.map(({ id }) => id)).toEqual([
    'prod_one',
    'prod_two',
  ])
})

it('search shows a customer that was just deleted in its place among the others', async () => {
  const email = 'both@example.com'
  for (const name of ['older', 'newer']) await stripe.customers.create({ name, email })
  await sandbox.clock.advance(60_000)
  const [newer] = (await stripe.customers.list({ limit: 1 })).data
  await stripe.customers.del(newer?.id ?? '')
  const { data } = await stripe.customers.search({ query: `email:"${email}"` })
  expect(data.map(({ name }) => name)).toEqual(['newer', 'older'])
})
