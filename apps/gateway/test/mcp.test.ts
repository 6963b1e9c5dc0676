// The MCP server, driven by the official client over HTTP.

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { startGateway } from './support/gateway.ts'

const toolResult = z.looseObject({
  isError: z.boolean().optional(),
  structuredContent: z.record(z.string(), z.unknown()),
  content: z.array(z.looseObject({ text: z.string() })),
})

async function connect(options: { url: string; apiKey: string }) {
  const client = new Client({ name: 'test', version: '1' })
  const headers = { Authorization: `Bearer ${options.apiKey}` }
  const transport = new StreamableHTTPClientTransport(new URL(`${options.url}/mcp`), {
    requestInit: { headers },
  })
  await client.connect(transport)
  onTestFinished(() => client.close())
  const use = async (name: string, input: Record<string, unknown>) => {
    const answer = toolResult.parse(await client.callTool({ name, arguments: input }))
    expect(JSON.parse(answer.content[0]?.text ?? '')).toEqual(answer.structuredContent)
    // oxlint-disable-next-line typescript/no-explicit-any -- a test looks into answers freely
    return { failed: answer.isError === true, body: answer.structuredContent as any }
  }
  return { client, use }
}

test('each tool says whether it only reads and whether it overwrites', async () => {
  const { client } = await connect(await startGateway())
  const { tools } = await client.listTools()
  const told = tools.map(({ name, annotations }) => [
    name,
    annotations?.readOnlyHint,
    annotations?.destructiveHint ?? false,
  ])
  expect(told).toEqual([
    ['find', true, false],
    ['get', true, false],
    ['create', false, false],
    ['update', false, true],
    ['archive', false, true],
    ['delete', false, true],
    ['timeline', true, false],
    ['verify', true, false],
  ])
})

test('a customer is created, found by filter and read by id and by key', async () => {
  const { use } = await connect(await startGateway())
  const made = await use('create', { type: 'Customer', data: { key: 'customer_fX9bL5nRd', tier: 'pro' } })
  expect(made.failed).toBe(false)
  const { id } = made.body.data
  await use('create', { data: { key: 'other' } })
  const found = await use('find', { type: 'Customer', filter: { tier: 'pro' } })
  expect(found.body.data.map((each: { id: string }) => each.id)).toEqual([id])
  for (const name of [id, id.toUpperCase(), 'customer_fX9bL5nRd']) {
    expect((await use('get', { type: 'Customer', id: name })).body.data.id).toBe(id)
  }
})

test.each([
  ['update', { data: { name: 'Ada King' } }, [{ field: 'name', from: 'Ada', to: 'Ada King' }]],
  ['archive', {}, expect.objectContaining({ state: 'active' })],
  ['delete', {}, expect.objectContaining({ state: 'active' })],
])('%s changes nothing before it was shown what would change', async (tool, input, preview) => {
  const gateway = await startGateway()
  const { use } = await connect(gateway)
  await use('create', { data: { key: 'ada', name: 'Ada' } })
  const dry = await use(tool, { id: 'ada', ...input })
  expect(dry.body).toEqual({ dry_run: true, would_change: preview, confirm: 1 })
  expect((await use('get', { id: 'ada' })).body.data.version).toBe(1)
  const done = await use(tool, { id: 'ada', ...input, confirm: 1 })
  expect([done.failed, done.body.data.version]).toEqual([false, 2])
})

test('a dry run that is out of date confirms nothing', async () => {
  const gateway = await startGateway()
  const { use } = await connect(gateway)
  const { id } = (await use('create', { data: { key: 'ada', name: 'Ada' } })).body.data
  const { confirm } = (await use('delete', { id })).body
  await gateway.call('PATCH', `/v1/customers/${id}`, { json: { name: 'Ada King' } })
  const refused = await use('delete', { id, confirm })
  expect([refused.failed, refused.body.code]).toEqual([true, 'version_mismatch'])
})

test('a refusal is a result that the model can read, with the fields at fault', async () => {
  const { use } = await connect(await startGateway())
  const refused = await use('create', { data: { email: 'nonsense' } })
  expect(refused.failed).toBe(true)
  expect(refused.body).toMatchObject({ code: 'invalid_request', errors: [{ field: 'email' }] })
  expect((await use('get', { id: 'nobody' })).body.code).toBe('not_found')
  expect((await use('find', { filter: { nonsense: 'x' } })).body.errors).toEqual([
    { field: 'nonsense', message: 'unknown field' },
  ])
})

test('verify tells whether the customer is in step with Stripe', async () => {
  const gateway = await startGateway()
  const { use } = await connect(gateway)
  const { id } = (await use('create', { data: { key: 'ada' } })).body.data
  expect((await use('verify', { id })).body).toMatchObject({ in_step: false, sync: { state: 'pending' } })
  await gateway.worker.sync({ tenantId: 'default', customerId: id })
  expect((await use('verify', { id })).body).toMatchObject({ in_step: true, sync: { state: 'synced' } })
})

test('without a key, and with one of another tenant, there is nothing', async () => {
  const gateway = await startGateway()
  const { use } = await connect(gateway)
  const { id } = (await use('create', { data: { key: 'ada' } })).body.data
  await expect(connect({ url: gateway.url, apiKey: 'wrong' })).rejects.toThrow(/unauthenticated|401/)
  const foreign = await connect({ url: gateway.url, apiKey: await gateway.addKey({ tenantId: 'acme' }) })
  for (const input of [{ id }, { id: 'ada' }]) {
    expect((await foreign.use('get', input)).body.code).toBe('not_found')
  }
  expect((await foreign.use('find', {})).body.data).toEqual([])
  const got = await gateway.call('GET', '/mcp')
  expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST'])
})
