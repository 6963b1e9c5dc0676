// The document "Customer" (noun, verbs, Stripe sync), its REST rows and fields, against a real stack. Its SDK and MCP rows stand
// beside this file.

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { api, stripe } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

/** `/~acme/customers` there; the stack's tenant is called `default`. */
const path = '/~default/customers'
let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.close())

const call = (method: string, below: string, body?: unknown) => api(stack, method, `${path}${below}`, body)
const synced = { headers: { prefer: 'wait=30; until=synced' } }
const anyEmail = () => `${randomUUID()}@acme.dev`

describe('REST', () => {
  test('POST /~acme/customers { "name": "Acme Dev", "email": "billing@acme.dev" }', async () => {
    const made = await call('POST', '', { name: 'Acme Dev', email: 'billing@acme.dev' })
    expect(made.status).toBe(201)
    expect(made.data).toMatchObject({ name: 'Acme Dev', email: 'billing@acme.dev' })
  })

  test('GET /~acme/customers/customer_fX9bL5nRd', async () => {
    const made = await call('POST', '', { name: 'Acme Dev', email: anyEmail(), key: 'customer_fX9bL5nRd' })
    expect((await call('GET', '/customer_fX9bL5nRd')).data).toMatchObject({ id: made.data['id'] })
    expect((await call('GET', `/customer_${String(made.data['id'])}`)).data).toMatchObject({
      id: made.data['id'],
    })
  })

  test('GET /~acme/customers?currency=usd', async () => {
    const made = await call('POST', '', { name: 'Acme Dev', email: anyEmail(), currency: 'usd' })
    await call('POST', '', { name: 'Acme Dev', email: anyEmail(), currency: 'eur' })
    const listed = await call('GET', '?currency=usd')
    expect(listed.body['data']).toMatchObject([{ id: made.data['id'], currency: 'usd' }])
  })
})

describe('Fields', () => {
  test.each(['name', 'email'])('%s: required', async (field) => {
    const whole: Record<string, string> = { name: 'Acme Dev', email: anyEmail() }
    const { [field]: _, ...rest } = whole
    const refused = await call('POST', '', rest)
    expect(refused.status).toBe(422)
    expect(refused.body['errors']).toMatchObject([{ field }])
  })

  test('currency, taxExempt, organization, contact', async () => {
    const fields = {
      currency: 'usd',
      taxExempt: 'exempt',
      organization: 'org_fX9bL5nRd',
      contact: 'contact_1',
    }
    const made = await call('POST', '', { name: 'Acme Dev', email: anyEmail(), ...fields })
    expect(made.data).toMatchObject({
      currency: 'usd',
      tax_exempt: 'exempt',
      organization: 'org_fX9bL5nRd',
      contact_id: 'contact_1',
    })
  })

  test('stripeCustomerId: unique, populated automatically on creation; a customer is found by it', async () => {
    const made = await api(stack, 'POST', path, { name: 'Acme Dev', email: anyEmail() }, synced)
    const stripeId = String(made.data['stripe_customer_id'])
    expect(stripeId).toMatch(/^cus_/)
    expect((await call('GET', `?stripe_customer_id=${stripeId}`)).body['data']).toMatchObject([
      { id: made.data['id'] },
    ])
    const second = await call('POST', '', { name: 'Other', email: anyEmail(), stripeCustomerId: stripeId })
    expect([second.status, second.body['code']]).toEqual([409, 'external_billing_id_taken'])
  })

  test('stripeCustomerId: one that is at Stripe already is linked', async () => {
    const { id } = await stripe(stack, 'POST', '/v1/customers', { name: 'Acme at Stripe' })
    const made = await call('POST', '', { name: 'Acme Dev', email: anyEmail(), stripeCustomerId: id })
    expect([made.status, made.data['stripe_customer_id']]).toEqual([201, id])
  })
})

describe('Stripe Sync', () => {
  test('every write is mirrored to Stripe, and every webhook is processed back', async () => {
    const made = await api(stack, 'POST', path, { name: 'Acme Dev', email: anyEmail() }, synced)
    const [id, stripeId] = [String(made.data['id']), String(made.data['stripe_customer_id'])]
    await api(stack, 'PATCH', `${path}/${id}`, { name: 'Acme' }, synced)
    expect(await stripe(stack, 'GET', `/v1/customers/${stripeId}`)).toMatchObject({ name: 'Acme' })
    await stripe(stack, 'POST', `/v1/customers/${stripeId}`, { phone: '+4930123456' })
    await until('customer.updated is here', async () => {
      return (await call('GET', `/${id}`)).data['phone'] === '+4930123456'
    })
    await stripe(stack, 'DELETE', `/v1/customers/${stripeId}`)
    await until(
      'customer.deleted is here',
      async () => (await call('GET', `/${id}`)).data['state'] === 'archived',
    )
  })
})
