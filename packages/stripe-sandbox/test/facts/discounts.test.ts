import { describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from '../support/sandbox.ts'
import { shapedClient } from '../support/shaped-client.ts'

const sandbox = await testSandbox({ frozen: true })
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })
const lastEvents = async (limit: number) => (await stripe.events.list({ limit })).data.map(({ type }) => type)

describe('Discounts (FACTS 4)', () => {
  it('are shown on the customer and leave with their event', async () => {
    const coupon = await stripe.coupons.create({
      percent_off: 25.5,
      duration: 'repeating',
      duration_in_months: 3,
      name: 'spring',
    })
    expect(coupon).toMatchObject({ percent_off: 25.5, valid: true, times_redeemed: 0 })
    const { id } = await stripe.customers.create({})
    await sandbox.door('POST', `/customers/${id}/discount`, { coupon: coupon.id })
    expect(await lastEvents(2)).toEqual(['customer.updated', 'customer.discount.created'])
    expect(await stripe.customers.retrieve(id)).toMatchObject({
      discount: { object: 'discount', customer: id, source: { coupon: coupon.id } },
    })
    const gone = await stripe.customers.deleteDiscount(id)
    expect(gone).toMatchObject({ object: 'discount', deleted: true, customer: id })
    expect(await lastEvents(2)).toEqual(['customer.updated', 'customer.discount.deleted'])
    expect(await stripe.customers.retrieve(id)).toMatchObject({ discount: null })
    expect(await failureOf(stripe.customers.deleteDiscount(id))).toMatchObject({ statusCode: 404 })
    expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(1)
    await stripe.coupons.update(coupon.id, { name: 'summer' })
    await stripe.coupons.del(coupon.id)
    expect(await failureOf(stripe.coupons.retrieve(coupon.id))).toMatchObject({ statusCode: 404 })
  })

  it('are updated by another coupon in place of the first', async () => {
    const [first, second] = [
      await stripe.coupons.create({ percent_off: 10, duration: 'forever' }),
      await stripe.coupons.create({ percent_off: 20, duration: 'forever' }),
    ]
    const { id } = await stripe.customers.create({})
    await sandbox.door('POST', `/customers/${id}/discount`, { coupon: first.id })
    await sandbox.door('POST', `/customers/${id}/discount`, { coupon: second.id })
    const [event] = (await stripe.events.list({ type: 'customer.discount.updated' })).data
    expect(event?.data).toMatchObject({
      object: { object: 'discount', customer: id, source: { coupon: second.id } },
      previous_attributes: { source: { coupon: first.id } },
    })
  })
})
