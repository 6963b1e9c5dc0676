// Document 001, the noun Customer: its MCP examples, as they stand there, by the official client.

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { api, stripe } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

let stack: Stack
let client: Client
beforeAll(async () => {
  stack = await startStack()
  client = new Client({ name: 'seed', version: '1' })
  const headers = { Authorization: `Bearer ${stack.apiKey}` }
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${stack.gateways[0]?.url}/mcp`), { requestInit: { headers } }),
  )
})
afterAll(async () => {
  await client.close()
  await stack.close()
})

const result = z.looseObject({ structuredContent: z.looseObject({ data: z.unknown() }) })

/** What a tool answers as `data`. */
async function used(name: string, input: Record<string, unknown>): Promise<unknown> {
  return result.parse(await client.callTool({ name, arguments: input })).structuredContent.data
}

describe('001 Query Examples (MCP)', () => {
  test('{ "type": "Customer", "filter": { "currency": "usd" } }', async () => {
    const usd = await api(stack, 'POST', '/v1/customers', { key: 'usd', currency: 'usd' })
    await api(stack, 'POST', '/v1/customers', { key: 'eur', currency: 'eur' })
    expect(await used('find', { type: 'Customer', filter: { currency: 'usd' } })).toMatchObject([
      { id: usd.data['id'], currency: 'usd' },
    ])
  })

  test('{ "type": "Customer", "id": "customer_fX9bL5nRd", "include": ["subscriptions"] }', async () => {
    const key = 'customer_fX9bL5nRd'
    const headers = { prefer: 'wait=30; until=synced' }
    const made = await api(stack, 'POST', '/v1/customers', { key, name: 'Acme Dev' }, { headers })
    const path = `/v1/customers/${String(made.data['id'])}`
    const method = await api(stack, 'POST', `${path}/payment-methods`, { payment_method: 'pm_card_visa' })
    const price = await stripe(stack, 'POST', '/v1/prices', {
      currency: 'usd',
      unit_amount: '1000',
      'recurring[interval]': 'month',
      'product_data[name]': 'Pro',
    })
    const { data } = await api(stack, 'POST', `${path}/subscriptions`, {
      items: [{ price: price['id'] }],
      default_payment_method: method.data['id'],
    })
    const read = () => used('get', { type: 'Customer', id: key, include: ['subscriptions'] })
    await until('the subscription is here', async () => JSON.stringify(await read()).includes('"sub_'))
    expect(await read()).toMatchObject({
      id: made.data['id'],
      name: 'Acme Dev',
      subscriptions: [{ id: data['id'] }],
    })
  })
})
