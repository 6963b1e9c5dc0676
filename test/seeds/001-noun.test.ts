// Document 001, the noun Customer: its fields, verbs, hooks and query examples, by the adapter. The REST examples are
// tested at the mount, the MCP examples with the official client.

import { lockstep } from '@lockstep/client'
import { connect } from '@lockstep/client/noun'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { api, stripe } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.close())

/** Hooks live in a connection: each test has its own. */
const nouns = () => connect(lockstep({ url: stack.gateways[0]?.url ?? '', apiKey: stack.apiKey }))
const failed = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error)

async function price(): Promise<string> {
  const made = await stripe(stack, 'POST', '/v1/prices', {
    currency: 'usd',
    unit_amount: '1000',
    'recurring[interval]': 'month',
    'product_data[name]': 'Pro',
  })
  return String(made['id'])
}

describe('001 Verbs', () => {
  test('create: name and email are required', async () => {
    const { Customer } = nouns()
    expect(await failed(Customer.create({ name: '', email: 'x@acme.dev' }))).toMatchObject({
      message: 'name is required',
    })
    expect(await failed(Customer.create({ name: 'x', email: '' }))).toMatchObject({
      message: 'email is required',
    })
  })

  test('create also creates in Stripe; stripeCustomerId is there at once', async () => {
    const { Customer } = nouns()
    const made = await Customer.create({
      name: 'Acme Dev',
      email: 'billing@acme.dev',
      organization: 'org_fX9bL5nRd',
      contact: 'contact_fX9bL5nRd',
      currency: 'usd',
      taxExempt: 'exempt',
    })
    expect(made).toMatchObject({
      $type: 'Customer',
      name: 'Acme Dev',
      organization: 'org_fX9bL5nRd',
      contact: 'contact_fX9bL5nRd',
      currency: 'usd',
      taxExempt: 'exempt',
      stripeCustomerId: expect.stringMatching(/^cus_/),
    })
    const there = await stripe(stack, 'GET', `/v1/customers/${made.stripeCustomerId}`)
    expect(there).toMatchObject({ name: 'Acme Dev', email: 'billing@acme.dev', tax_exempt: 'exempt' })
  })

  test('update changes fields, delete is soft', async () => {
    const { Customer } = nouns()
    const { $id, stripeCustomerId } = await Customer.create({ name: 'Soft', email: 'soft@acme.dev' })
    expect((await Customer.update($id, { name: 'Softer', currency: 'eur' })).name).toBe('Softer')
    await Customer.delete($id)
    expect(await Customer.find({ stripeCustomerId })).toEqual([])
    expect(await stripe(stack, 'GET', `/v1/customers/${stripeCustomerId}`)).toMatchObject({
      id: stripeCustomerId,
    })
  })
})

describe('001 Fields', () => {
  test('paymentMethod: a test card becomes a method of the customer, and its default', async () => {
    const { Customer } = nouns()
    const made = await Customer.create({
      name: 'Paying',
      email: 'pay@acme.dev',
      paymentMethod: 'pm_card_visa',
    })
    expect(made.paymentMethod).toMatch(/^pm_/)
    const there = await stripe(stack, 'GET', `/v1/customers/${made.stripeCustomerId}`)
    expect(there['invoice_settings']).toMatchObject({ default_payment_method: made.paymentMethod })
    await until(
      'it is read from here',
      async () => (await Customer.get(made.$id))?.paymentMethod === made.paymentMethod,
    )
    const changed = await Customer.update(made.$id, { name: 'Paid', paymentMethod: 'pm_card_mastercard' })
    expect([changed.name, changed.paymentMethod === made.paymentMethod]).toEqual(['Paid', false])
  })
})

describe('001 Verb Lifecycle', () => {
  test('creating runs before, may change what is created, and may refuse it', async () => {
    const { Customer } = nouns()
    const seen: string[] = []
    Customer.creating((customer) => {
      seen.push(`About to create customer ${customer.name}`)
    })
    const stop = Customer.creating((customer) => ({ ...customer, organization: 'org_hooked' }))
    const made = await Customer.create({ name: 'Hooked', email: 'hooked@acme.dev' })
    expect([seen, made.organization]).toEqual([['About to create customer Hooked'], 'org_hooked'])
    stop()
    Customer.creating(() => {
      throw new Error('not on my watch')
    })
    expect(await failed(Customer.create({ name: 'Refused', email: 'refused@acme.dev' }))).toMatchObject({
      message: 'not on my watch',
    })
    expect(await Customer.find({ email: 'refused@acme.dev' })).toEqual([])
  })

  test('created runs after the Stripe customer is created', async () => {
    const { Customer } = nouns()
    const told: string[] = []
    Customer.created((customer) => {
      told.push(`Customer ${customer.name} created with Stripe ID ${customer.stripeCustomerId}`)
    })
    const made = await Customer.create({ name: 'After', email: 'after@acme.dev' })
    expect(told).toEqual([`Customer After created with Stripe ID ${made.stripeCustomerId}`])
    expect(made.stripeCustomerId).toMatch(/^cus_/)
  })

  test('updating, updated, deleting and deleted follow the same pattern', async () => {
    const { Customer } = nouns()
    const seen: string[] = []
    Customer.updating((change) => void seen.push(`updating ${change.name}`))
    Customer.updated((customer) => void seen.push(`updated ${customer.name}`))
    Customer.deleting(() => void seen.push('deleting'))
    Customer.deleted((customer) => void seen.push(`deleted ${customer.name}`))
    const { $id } = await Customer.create({ name: 'One', email: 'one@acme.dev' })
    await Customer.update($id, { name: 'Two' })
    await Customer.delete($id)
    expect(seen).toEqual(['updating Two', 'updated Two', 'deleting', 'deleted Two'])
  })
})

describe('001 Cross-Domain Patterns', () => {
  test('Deal, Contact and Organization belong to the sales side, not yet built: a call says so', async () => {
    const { $ } = nouns()
    for (const noun of [$.Contact, $.Organization, $.Deal]) {
      expect(await failed(noun.get())).toMatchObject({
        message: expect.stringContaining('sales side, which is not built'),
      })
    }
  })
})

describe('001 Relationships', () => {
  test('get with include: subscriptions, invoices and payments stand beside the customer', async () => {
    const { Customer, $ } = nouns()
    const made = await Customer.create({
      name: 'Subscribed',
      email: 'sub@acme.dev',
      paymentMethod: 'pm_card_visa',
    })
    const { id } = await $.Subscription.create({ customer: made.$id, plan: await price() })
    const include = ['subscriptions', 'invoices', 'payments'] as const
    const read = () => Customer.get(made.$id, { include: [...include] })
    await until('all three are here', async () => {
      const found = await read()
      return include.every((name) => found?.[name]?.length === 1)
    })
    expect((await read())?.subscriptions).toMatchObject([{ id }])
    expect(await Customer.get(made.$id)).not.toHaveProperty('subscriptions')
  })
})

describe('001 Event-Driven Patterns', () => {
  test('when a customer is created, its default subscription is set up', async () => {
    const { Customer } = nouns()
    const plan = await price()
    Customer.created(async (customer, $) => {
      await $.Subscription.create({
        customer: customer.$id,
        plan,
        status: 'Trialing',
        currentPeriodStart: new Date(),
        currentPeriodEnd: new Date(Date.now() + 14 * 86_400_000),
        startedAt: new Date(),
      })
    })
    const made = await Customer.create({
      name: 'Hooked up',
      email: 'hooked-up@acme.dev',
      paymentMethod: 'pm_card_visa',
    })
    const there = await stripe(stack, 'GET', `/v1/subscriptions?customer=${made.stripeCustomerId}`)
    expect(there['data']).toHaveLength(1)
  })

  test('customer creation is tracked as an event of the caller’s own', async () => {
    const { Customer } = nouns()
    Customer.created(async (customer, $) => {
      await $.Event.create({
        type: 'billing.customer_created',
        data: { name: customer.name, organization: customer.organization },
      })
    })
    await Customer.create({ name: 'Tracked', email: 'tracked@acme.dev', organization: 'org_fX9bL5nRd' })
    const log = () => api(stack, 'GET', '/v1/events?type=billing.customer_created')
    await until('it is in the log', async () => JSON.stringify((await log()).body).includes('Tracked'))
    expect((await log()).body['data']).toMatchObject([
      { type: 'billing.customer_created', data: { name: 'Tracked', organization: 'org_fX9bL5nRd' } },
    ])
  })
})

describe('001 Query Examples (SDK)', () => {
  test('find all, get one by its customer_… id, find by currency, find by Stripe id', async () => {
    const { Customer } = nouns()
    const made = await Customer.create({
      $id: 'customer_fX9bL5nRd',
      name: 'Euro',
      email: 'euro@acme.dev',
      currency: 'chf',
    })
    expect((await Customer.find()).map(({ $id }) => $id)).toContain(made.$id)
    expect(await Customer.get('customer_fX9bL5nRd')).toMatchObject({ $id: made.$id, name: 'Euro' })
    expect(await Customer.get(made.$id)).toMatchObject({ name: 'Euro' })
    expect(await Customer.get('customer_nobody')).toBeNull()
    expect((await Customer.find({ currency: 'chf' })).map(({ $id }) => $id)).toEqual([made.$id])
    expect(await Customer.find({ stripeCustomerId: made.stripeCustomerId })).toEqual([made])
  })
})
