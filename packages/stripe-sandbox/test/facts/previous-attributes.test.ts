import type Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { testSandbox } from '../support/sandbox.ts'

const { stripe } = await testSandbox({ frozen: true })

describe('previous_attributes (FACTS 4)', () => {
  const previousOf = async (params: Stripe.CustomerUpdateParams) => {
    const { id } = await stripe.customers.create({
      name: 'old',
      metadata: { a: '1', gone: 'x' },
      address: { city: 'A', line1: '1' },
      preferred_locales: ['en', 'de'],
    })
    await stripe.customers.update(id, params)
    const { data } = await stripe.events.list({ limit: 1, type: 'customer.updated' })
    return data[0]?.data.previous_attributes
  }

  it('hold only what changed, with the old values', async () => {
    expect(await previousOf({ name: 'new', email: 'a@b.c', phone: '' })).toEqual({ name: 'old', email: null })
  })

  it('hold metadata by key, a new key as null, and arrays whole', async () => {
    expect(
      await previousOf({ metadata: { a: '2', gone: '', fresh: 'y' }, preferred_locales: ['en'] }),
    ).toEqual({
      metadata: { a: '1', gone: 'x', fresh: null },
      preferred_locales: ['en', 'de'],
    })
  })

  it('belong to updates, and to a payment method that was detached', async () => {
    const { id } = await stripe.customers.create({})
    const card = await stripe.paymentMethods.attach('pm_card_visa', { customer: id })
    await stripe.paymentMethods.detach(card.id)
    await stripe.customers.del(id)
    const events = (await stripe.events.list({ limit: 4 })).data
    expect(events.map(({ type, data }) => [type, data.previous_attributes])).toEqual([
      ['customer.deleted', undefined],
      ['payment_method.detached', { customer: id }],
      ['payment_method.attached', undefined],
      ['customer.created', undefined],
    ])
  })
})
