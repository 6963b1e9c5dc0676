// The document "Customer Management" (CRM, `/api/v1/customer-mgmt`), row by row, against a real stack.

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { api } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { openShell, type Shell } from './support/shell.ts'

const path = '/api/v1/customer-mgmt/customers'
let stack: Stack
let shell: Shell
beforeAll(async () => {
  stack = await startStack()
  shell = openShell(stack, 'http://localhost:8081')
})
afterAll(async () => {
  shell.close()
  await stack.close()
})

const call = (method: string, below: string, body?: unknown) => api(stack, method, `${path}${below}`, body)
const anyEmail = () => `${randomUUID()}@example.com`

/** A new customer, moved as far as these verbs lead. */
async function customer(verbs: string[] = [], fields: object = {}): Promise<string> {
  const made = await call('POST', '', { name: 'John Doe', email: anyEmail(), ...fields })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  const id = String(made.data['id'])
  for (const verb of verbs) expect((await call('POST', `/${id}/${verb}`)).status).toBe(200)
  return id
}

/** "Complete Customer Flow", as it stands there. */
const completeFlow = `
# 1. Create lead
CUSTOMER_ID=$(curl -s -X POST http://localhost:8081/api/v1/customer-mgmt/customers \\
-H "Content-Type: application/json" \\
-d '{
"name": "John Doe",
"email": "john@example.com",
"phone": "+380123456789",
"source": "website",
"tier": "free"
}' | jq -r '.data.id')
# 2. Assign to sales rep
curl -X PUT http://localhost:8081/api/v1/customer-mgmt/customers/$CUSTOMER_ID/assign \\
-H "Content-Type: application/json" \\
-d '{"assigned_to": "019b6ec4-774c-70e0-9c2c-7ba19630289d"}'
# 3. Qualify as prospect
curl -X POST http://localhost:8081/api/v1/customer-mgmt/customers/$CUSTOMER_ID/qualify
# 4. Convert to customer
curl -X POST http://localhost:8081/api/v1/customer-mgmt/customers/$CUSTOMER_ID/convert
# 5. Upgrade tier
curl -X PUT http://localhost:8081/api/v1/customer-mgmt/customers/$CUSTOMER_ID/tier \\
-H "Content-Type: application/json" \\
-d '{"tier": "pro"}'
# 6. Add tags
curl -X PUT http://localhost:8081/api/v1/customer-mgmt/customers/$CUSTOMER_ID/tags \\
-H "Content-Type: application/json" \\
-d '{"tags": ["vip", "high-value"]}'
# 7. Get final state
echo
curl http://localhost:8081/api/v1/customer-mgmt/customers/$CUSTOMER_ID`

test('Complete Customer Flow: the script, as it stands, ends with the response that stands below it', async () => {
  const printed = await shell.run(completeFlow)
  expect(JSON.parse(printed.split('\n').at(-1) ?? '')).toMatchObject({
    status: 'success',
    data: {
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/),
      name: 'John Doe',
      email: 'john@example.com',
      phone: '+380123456789',
      status: 'customer',
      tier: 'pro',
      source: 'website',
      assigned_to: '019b6ec4-774c-70e0-9c2c-7ba19630289d',
      tags: ['vip', 'high-value'],
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    },
  })
})

describe('B2C & B2B Support: the commands as they stand', () => {
  test('B2C Customer (individual)', async () => {
    const printed = await shell.run(`
curl -X POST http://localhost:8081/api/v1/customer-mgmt/customers \\
-H "Content-Type: application/json" \\
-d '{
"name": "John Doe",
"email": "john.b2c@example.com",
"phone": "+380123456789",
"tier": "pro",
"source": "website"
}'`)
    expect(JSON.parse(printed)).toMatchObject({ status: 'success', data: { tier: 'pro', company_id: null } })
  })

  test('B2B Customer (company contact)', async () => {
    const printed = await shell.run(`
curl -X POST http://localhost:8081/api/v1/customer-mgmt/customers \\
-H "Content-Type: application/json" \\
-d '{
"name": "Jane Smith",
"email": "jane@acme.com",
"company_id": "019b6ec5-...",
"tier": "enterprise",
"source": "referral"
}'`)
    expect(JSON.parse(printed)).toMatchObject({
      status: 'success',
      data: { company_id: '019b6ec5-...', tier: 'enterprise', source: 'referral' },
    })
  })
})

describe('CRUD Operations', () => {
  test('POST /customers: Create new customer', async () => {
    const made = await call('POST', '', { name: 'John Doe', email: anyEmail() })
    expect(made.status).toBe(201)
    expect(made.headers.get('location')).toBe(`${path}/${String(made.data['id'])}`)
  })

  test('GET /customers/:id: Get customer by UUID', async () => {
    const id = await customer()
    expect((await call('GET', `/${id}`)).data).toMatchObject({ id, name: 'John Doe' })
    expect((await call('GET', `/${randomUUID()}`)).status).toBe(404)
  })

  test('GET /customers/email/:email: Get customer by email', async () => {
    const email = anyEmail()
    const id = await customer([], { email })
    expect((await call('GET', `/email/${email.toUpperCase()}`)).data).toMatchObject({ id })
  })

  test('GET /customers: List customers (paginated)', async () => {
    const company_id = randomUUID()
    const ids = [
      await customer([], { company_id }),
      await customer([], { company_id }),
      await customer([], { company_id }),
    ]
    const list = async (query: string) =>
      (await call('GET', `?company_id=${company_id}&${query}`)).body['data']
    const expected = ids.toReversed().map((id) => expect.objectContaining({ id }))
    expect(await list('limit=2')).toEqual(expected.slice(0, 2))
    expect(await list('limit=2&offset=2')).toEqual(expected.slice(2))
    expect(await list(`limit=2&after=${ids[1]}`)).toEqual(expected.slice(2))
  })

  test('PUT /customers/:id: Update customer info', async () => {
    const id = await customer()
    expect((await call('PUT', `/${id}`, { name: 'Jane Doe' })).data).toMatchObject({ name: 'Jane Doe' })
  })

  test('DELETE /customers/:id: Soft delete customer', async () => {
    const company_id = randomUUID()
    const id = await customer([], { company_id })
    expect((await call('DELETE', `/${id}`)).data['deleted_at']).not.toBeNull()
    expect((await call('GET', `?company_id=${company_id}`)).body['data']).toEqual([])
    // Soft: it is kept, and comes back.
    expect((await call('GET', `/${id}`)).data).toMatchObject({ id, state: 'deleted' })
    expect((await call('POST', `/${id}/restore`)).data).toMatchObject({ id, deleted_at: null })
  })
})

describe('Business Logic', () => {
  test.each([
    ['qualify', 'Lead → Prospect', [], 'prospect'],
    ['convert', 'Prospect → Customer', ['qualify'], 'customer'],
    ['churn', 'Customer → Churned', ['qualify', 'convert'], 'churned'],
    ['reactivate', 'Churned → Prospect', ['qualify', 'convert', 'churn'], 'prospect'],
  ])('POST /customers/:id/%s: %s', async (verb, _, before, status) => {
    const id = await customer(before)
    const moved = await call('POST', `/${id}/${verb}`)
    expect([moved.status, moved.data['status']]).toEqual([200, status])
    expect(moved.data['churned_at'] === null).toBe(status !== 'churned')
  })

  test('PUT /customers/:id/assign: Assign to sales rep', async () => {
    const id = await customer()
    const assigned_to = randomUUID()
    expect((await call('PUT', `/${id}/assign`, { assigned_to })).data).toMatchObject({ assigned_to })
    expect((await call('GET', `?assigned_to=${assigned_to}`)).body['data']).toMatchObject([{ id }])
  })

  test('PUT /customers/:id/tier: Upgrade/downgrade tier', async () => {
    const id = await customer()
    for (const tier of ['enterprise', 'basic', 'pro', 'free'])
      expect((await call('PUT', `/${id}/tier`, { tier })).data).toMatchObject({ tier })
  })

  test('PUT /customers/:id/tags: Update tags', async () => {
    const id = await customer()
    const tag = randomUUID()
    expect((await call('PUT', `/${id}/tags`, { tags: [tag, 'vip'] })).data).toMatchObject({
      tags: [tag, 'vip'],
    })
    expect((await call('GET', `?tag=${tag}`)).body['data']).toMatchObject([{ id }])
  })

  test('Total: 14 endpoints: its tables list 13, tested above, and name no fourteenth; here are more', async () => {
    const { paths } = (await api(stack, 'GET', '/openapi.json')).body as { paths: Record<string, object> }
    const verbs = ['qualify', 'convert', 'churn', 'reactivate', 'assign', 'tier', 'tags']
    const listed = ['', '/{id}', '/email/{email}', ...verbs.map((verb) => `/{id}/${verb}`)]
    const endpoints = listed.flatMap((below) => Object.keys(paths[`/v1/customers${below}`] ?? {}))
    // 13, and PATCH beside PUT.
    expect(endpoints).toHaveLength(14)
    expect(endpoints.filter((method) => method !== 'patch')).toHaveLength(13)
  })
})

describe('State Transitions: Invalid', () => {
  test.each([
    ['Lead → Customer (must qualify first)', [], 'convert'],
    ['Churned → Customer directly (must reactivate to prospect)', ['qualify', 'convert', 'churn'], 'convert'],
  ])('%s', async (_, before, verb) => {
    const id = await customer(before)
    const refused = await call('POST', `/${id}/${verb}`)
    expect([refused.status, refused.body['code']]).toEqual([409, 'invalid_transition'])
  })
})

describe('Validation Rules', () => {
  const fields = (answer: { body: { errors?: unknown } }) =>
    (answer.body.errors as { field: string }[]).map(({ field }) => field)

  test('Email: Required', async () => {
    const refused = await call('POST', '', { name: 'John Doe' })
    expect([refused.status, fields(refused)]).toEqual([422, ['email']])
    expect(fields(await call('POST', '', {}))).toEqual(['name', 'email'])
    const id = await customer()
    expect(fields(await call('PUT', `/${id}`, { email: null }))).toEqual(['email'])
  })

  test('Email: unique (case-insensitive)', async () => {
    const email = anyEmail()
    await customer([], { email })
    const refused = await call('POST', '', { name: 'Other', email: email.toUpperCase() })
    expect([refused.status, refused.body['code']]).toEqual([409, 'email_taken'])
  })

  test('Email: validated format', async () => {
    expect(fields(await call('POST', '', { name: 'John', email: 'john@' }))).toEqual(['email'])
  })

  test('Phone: Optional, international format (+380...)', async () => {
    const refused = await call('POST', '', { name: 'John', email: anyEmail(), phone: '0501234567' })
    expect(fields(refused)).toEqual(['phone'])
  })

  test('User/Company: Cannot have both (B2C XOR B2B)', async () => {
    const both = { name: 'John', email: anyEmail(), user_id: 'u', company_id: 'c' }
    expect(fields(await call('POST', '', both))).toEqual(['company_id'])
  })

  test('Status: Default lead; Tier: Default free, can change anytime', async () => {
    const id = await customer()
    expect((await call('GET', `/${id}`)).data).toMatchObject({ status: 'lead', tier: 'free' })
  })
})
