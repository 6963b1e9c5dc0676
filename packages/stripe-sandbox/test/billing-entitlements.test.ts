import { expect, it } from 'vitest'
import { failureOf, testSandbox } from './support/sandbox.ts'
import { shapedClient } from './support/shaped-client.ts'

const sandbox = await testSandbox({ frozen: true })
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })
const summaryType = 'entitlements.active_entitlement_summary.updated'

let keys = 0
const newFeature = () =>
  stripe.entitlements.features.create({ name: 'API', lookup_key: `key-${keys++}`, metadata: { a: '1' } })

async function plan(...features: string[]) {
  const product = await stripe.products.create({ name: 'Pro' })
  for (const entitlement_feature of features)
    await stripe.products.createFeature(product.id, { entitlement_feature })
  const price = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 500,
    recurring: { interval: 'month' },
  })
  return { product, price }
}

const customerWithCard = (card = 'pm_card_visa') =>
  stripe.customers.create({ payment_method: card, invoice_settings: { default_payment_method: card } })
const entitledTo = async (customer: string) =>
  new Set(
    (await stripe.entitlements.activeEntitlements.list({ customer })).data.map(({ feature }) => feature),
  )
const summaries = async () => (await stripe.events.list({ type: summaryType })).data

it('features are made, renamed, archived and found by key', async () => {
  const feature = await newFeature()
  expect(feature).toMatchObject({ object: 'entitlements.feature', active: true, metadata: { a: '1' } })
  expect(
    await failureOf(stripe.entitlements.features.create({ name: 'x', lookup_key: feature.lookup_key })),
  ).toMatchObject({ statusCode: 400, param: 'lookup_key' })
  const archived = await stripe.entitlements.features.update(feature.id, { name: 'Old', active: false })
  expect(archived).toMatchObject({ name: 'Old', active: false })
  const { data } = await stripe.entitlements.features.list({ lookup_key: feature.lookup_key, archived: true })
  expect(data.map(({ id }) => id)).toEqual([feature.id])
  const { product } = await plan()
  expect(
    await failureOf(stripe.products.createFeature(product.id, { entitlement_feature: feature.id })),
  ).toMatchObject({ statusCode: 400, param: 'entitlement_feature' })
})

it('a product shows its features, each once, and loses them', async () => {
  const feature = await newFeature()
  const { product } = await plan(feature.id)
  const { data } = await stripe.products.listFeatures(product.id)
  expect(data).toMatchObject([{ object: 'product_feature', entitlement_feature: { id: feature.id } }])
  expect(
    await failureOf(stripe.products.createFeature(product.id, { entitlement_feature: feature.id })),
  ).toMatchObject({ statusCode: 400 })
  const [attached] = data
  expect(await stripe.products.retrieveFeature(product.id, attached?.id ?? '')).toEqual(attached)
  expect(await stripe.products.deleteFeature(product.id, attached?.id ?? '')).toMatchObject({ deleted: true })
  expect((await stripe.products.listFeatures(product.id)).data).toEqual([])
})

it('a customer has the features of what it subscribes to, until that ends, and each change is told once', async () => {
  const [first, second] = [await newFeature(), await newFeature()]
  const one = await plan(first.id)
  const both = await plan(first.id, second.id)
  const { id: customer } = await customerWithCard()
  const before = (await summaries()).length
  const small = await stripe.subscriptions.create({ customer, items: [{ price: one.price.id }] })
  expect(await entitledTo(customer)).toEqual(new Set([first.id]))
  const large = await stripe.subscriptions.create({ customer, items: [{ price: both.price.id }] })
  expect(await entitledTo(customer)).toEqual(new Set([first.id, second.id]))
  const [event] = await summaries()
  expect(event?.data).toMatchObject({
    object: { object: 'entitlements.active_entitlement_summary', customer },
    previous_attributes: { entitlements: { data: [{ feature: first.id }] } },
  })
  const [shown] = (
    await stripe.entitlements.activeEntitlements.list({ customer, expand: ['data.feature'], limit: 1 })
  ).data
  expect(shown?.feature).toMatchObject({ object: 'entitlements.feature' })
  expect(await stripe.entitlements.activeEntitlements.retrieve(shown?.id ?? '')).toMatchObject({
    id: shown?.id,
  })
  await stripe.subscriptions.cancel(small.id)
  expect((await summaries()).length - before).toBe(2)
  await stripe.subscriptions.cancel(large.id)
  expect(await entitledTo(customer)).toEqual(new Set())
  expect((await summaries()).length - before).toBe(3)
})

it('a feature that a product gains reaches those who have it when their period turns', async () => {
  const feature = await newFeature()
  const { product, price } = await plan()
  const { id: customer } = await customerWithCard()
  await stripe.subscriptions.create({ customer, items: [{ price: price.id }] })
  await stripe.products.createFeature(product.id, { entitlement_feature: feature.id })
  expect(await entitledTo(customer)).toEqual(new Set())
  await sandbox.clock.advance(32 * 86_400_000)
  expect(await entitledTo(customer)).toEqual(new Set([feature.id]))
})

it('a subscription that was never paid entitles to nothing', async () => {
  const feature = await newFeature()
  const { price } = await plan(feature.id)
  const { id: customer } = await customerWithCard('pm_card_chargeCustomerFail')
  const { status } = await stripe.subscriptions.create({ customer, items: [{ price: price.id }] })
  expect([status, await entitledTo(customer)]).toEqual(['incomplete', new Set()])
})

it('a subscription that brought nothing brings nothing when only its state changes', async () => {
  const { id: customer } = await stripe.customers.create({})
  const product = await stripe.products.create({ name: 'Plan' })
  const price = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 500,
    recurring: { interval: 'month' },
  })
  const sent = { collection_method: 'send_invoice', days_until_due: 1 } as const
  const { id } = await stripe.subscriptions.create({ customer, items: [{ price: price.id }], ...sent })
  await stripe.products.createFeature(product.id, { entitlement_feature: (await newFeature()).id })
  await sandbox.clock.advance(86_400_000)
  expect((await stripe.subscriptions.retrieve(id)).status).toBe('past_due')
  expect((await stripe.entitlements.activeEntitlements.list({ customer })).data).toEqual([])
})
