// The document "Stripe Customer Management Service": its rows on audit trails, logging, personal data and export, against a
// real stack.

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { api } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.close())

const synced = { headers: { prefer: 'wait=30; until=synced' } }
const kinds = z.array(z.looseObject({ kind: z.string() }))

async function registered(): Promise<{ id: string; email: string }> {
  const email = `${randomUUID()}@example.com`
  const { data } = await api(stack, 'POST', '/v1/customers', { email, name: 'Grace' }, synced)
  return { id: String(data['id']), email }
}

describe('Security Considerations', () => {
  test('Log sensitive operations for audit trails', async () => {
    const { id } = await registered()
    await api(stack, 'GET', `/v1/customers/${id}/export`)
    await api(stack, 'POST', `/v1/customers/${id}/archive`)
    await api(stack, 'POST', `/v1/customers/${id}/purge`, undefined, synced)
    const { body } = await api(stack, 'GET', `/v1/audit-log?customer_id=${id}`)
    expect(body['data']).toMatchObject([{ action: 'customer.purge' }, { action: 'customer.export' }])
  })

  test('Implement proper access controls for customer operations: without a key nobody exports', async () => {
    const { id } = await registered()
    const headers = { authorization: 'Bearer lsk_nobody' }
    const refused = await api(stack, 'GET', `/v1/customers/${id}/export`, undefined, { headers })
    expect([refused.status, refused.body['code']]).toEqual([401, 'unauthenticated'])
  })

  test('Handle PII data according to regulations: what happened is told, and the audit log names ids alone', async () => {
    const { id, email } = await registered()
    await api(stack, 'GET', `/v1/customers/${id}/export`)
    const { body } = await api(stack, 'GET', `/v1/audit-log?customer_id=${id}`)
    expect(JSON.stringify(body)).not.toContain(email)
  })
})

describe('Definition of Done', () => {
  test('Logging added: the timeline tells each write, each event and each call to Stripe', async () => {
    const { id } = await registered()
    const { body } = await api(stack, 'GET', `/v1/customers/${id}/timeline`)
    const told = new Set(kinds.parse(body['data']).map(({ kind }) => kind))
    for (const kind of ['operation', 'event', 'stripe_call']) expect(told).toContain(kind)
  })
})

describe('Notes', () => {
  test('Plan for customer export functionality for compliance', async () => {
    const { id, email } = await registered()
    const { status, data } = await api(stack, 'GET', `/v1/customers/${id}/export`)
    expect(status).toBe(200)
    expect(data['customer']).toMatchObject({ id, email })
  })
})
