// Owns the tools that a language model is given: what each takes, says of itself, and which route carries it out.
// Promises: a tool can do what its API key can, and no more; nothing is overwritten or put away before it was shown what
// would change: the first call is a dry run, and its `confirm` holds only while the customer stays as it was shown.

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import type { Part } from '../http/call-route.ts'
import type { Answer } from '../http/route.ts'
import { apiVersion } from '../openapi/describe-api.ts'

/** Carries out a call of the API as the caller of this request; null where this version has no such route. */
export type CallApi = (method: string, path: string, part: Part) => Promise<Answer> | null

/** The kind of thing; there is one. */
const type = z.literal('Customer').optional().describe('The kind of thing: `Customer`.')
const id = z.string().min(1).describe('Our id (a UUID), or the caller’s own key.')

const reads = { readOnlyHint: true, openWorldHint: false }
const makes = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true }
const overwrites = { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true }

/** A server with the tools, for one request. */
export function mcpServer(call: CallApi): McpServer {
  const server = new McpServer({ name: 'lockstep', version: apiVersion })

  server.registerTool(
    'find',
    {
      title: 'Find customers',
      description:
        'Lists customers, newest first, by any filter of `GET /v1/customers` (currency, email, state …).',
      annotations: reads,
      inputSchema: {
        type,
        filter: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
        limit: z.int().min(1).max(100).optional(),
        after: z.string().optional().describe('`next_after` of the page before.'),
      },
    },
    async ({ filter = {}, limit, after }) => {
      const query = Object.fromEntries(
        Object.entries(filter).map(([name, value]) => [snake(name), String(value)]),
      )
      return told(
        await call('GET', '/v1/customers', {
          query: {
            ...query,
            ...(limit !== undefined && { limit: String(limit) }),
            ...(after !== undefined && { after }),
          },
        }),
      )
    },
  )
  server.registerTool(
    'get',
    {
      title: 'Get a customer',
      description:
        'Reads one customer, with what stands beside it (`include`: subscriptions, invoices, payments, stripe).',
      annotations: reads,
      inputSchema: { type, id, include: z.array(z.string()).optional() },
    },
    async ({ id, include = [] }) => told(await read(call, id, include)),
  )
  server.registerTool(
    'create',
    {
      title: 'Create a customer',
      description:
        'Creates a customer here and at Stripe. `data` is the body of `POST /v1/customers`: key or email is needed.',
      annotations: makes,
      inputSchema: { type, data: z.record(z.string(), z.unknown()) },
    },
    async ({ data }) => told(await call('POST', '/v1/customers', { body: data })),
  )
  server.registerTool(
    'update',
    {
      title: 'Update a customer',
      description:
        'Changes fields of a customer. Call it without `confirm` first: it then changes nothing, shows what would change, and gives the `confirm` to call it with.',
      annotations: overwrites,
      inputSchema: { type, id, data: z.record(z.string(), z.unknown()), confirm },
    },
    async ({ id, data, confirm }) => {
      const before = await read(call, id, [])
      if (before?.status !== 200 || confirm === undefined)
        return shown(before, (customer) => changesOf(customer, data))
      const headers = { 'if-match': `"${confirm}"` }
      return told(
        await call('PATCH', '/v1/customers/:id', { params: { id: idOf(before) }, body: data, headers }),
      )
    },
  )
  for (const [name, does, method, path] of moves) {
    server.registerTool(
      name,
      {
        title: does,
        description: `${does}. Call it without \`confirm\` first: it then changes nothing, shows the customer that it is about, and gives the \`confirm\` to call it with.`,
        annotations: overwrites,
        inputSchema: { type, id, confirm },
      },
      async ({ id, confirm }) => {
        const before = await read(call, id, [])
        if (before?.status !== 200 || confirm === undefined) return shown(before, (customer) => customer)
        const headers = { 'if-match': `"${confirm}"` }
        return told(await call(method, path, { params: { id: idOf(before) }, headers }))
      },
    )
  }
  server.registerTool(
    'timeline',
    {
      title: 'Timeline of a customer',
      description: 'Everything that happened to a customer: operations, Stripe events, calls, conflicts.',
      annotations: reads,
      inputSchema: { type, id },
    },
    async ({ id }) => {
      const found = await read(call, id, [])
      if (found?.status !== 200) return told(found)
      return told(await call('GET', '/v1/customers/:id/timeline', { params: { id: idOf(found) } }))
    },
  )
  server.registerTool(
    'verify',
    {
      title: 'Verify a customer',
      description:
        'Tells whether a customer is in step with Stripe, and if not, what is held back, in conflict or waiting.',
      annotations: reads,
      inputSchema: { type, id },
    },
    async ({ id }) => {
      const found = await read(call, id, [])
      return found?.status === 200 ? result(verdictOf(customerOf(found))) : told(found)
    },
  )
  return server
}

const confirm = z.int().nonnegative().optional().describe('The `confirm` that the dry run gave.')

const moves = [
  ['archive', 'Archive a customer', 'POST', '/v1/customers/:id/archive'],
  ['delete', 'Delete a customer softly', 'DELETE', '/v1/customers/:id'],
] as const

/** By our id, else by the caller's key. */
async function read(call: CallApi, id: string, include: readonly string[]): Promise<Answer | null> {
  const query = include.length === 0 ? {} : { include: include.join(',') }
  const isOurs = z.uuid().safeParse(id.toLowerCase()).success
  return isOurs
    ? await call('GET', '/v1/customers/:id', { params: { id }, query })
    : await call('GET', '/v1/customers/key/:key', { params: { key: id }, query })
}

/** An answer of the API as a tool's result: a refusal is one that the model can read and act on. */
function told(answer: Answer | null): CallToolResult {
  if (!answer)
    return { ...result({ code: 'not_available', detail: 'This version has no such route.' }), isError: true }
  return { ...result(recordOf(answer.body)), ...(answer.status >= 400 && { isError: true }) }
}

/** The dry run of something that overwrites. */
function shown(
  before: Answer | null,
  preview: (customer: Record<string, unknown>) => unknown,
): CallToolResult {
  if (before?.status !== 200) return told(before)
  const customer = customerOf(before)
  return result({ dry_run: true, would_change: preview(customer), confirm: customer['version'] })
}

function result(body: Record<string, unknown>): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(body) }], structuredContent: body }
}

function changesOf(customer: Record<string, unknown>, data: Record<string, unknown>) {
  return Object.entries(data)
    .filter(([name, to]) => JSON.stringify(customer[name] ?? null) !== JSON.stringify(to))
    .map(([field, to]) => ({ field, from: customer[field] ?? null, to }))
}

function verdictOf({
  id,
  version,
  stripe_customer_id,
  sync,
}: Record<string, unknown>): Record<string, unknown> {
  return { id, version, stripe_customer_id, in_step: recordOf(sync)['state'] === 'synced', sync }
}

function customerOf(answer: Answer): Record<string, unknown> {
  return recordOf(recordOf(answer.body)['data'])
}

function idOf(answer: Answer): string {
  return String(customerOf(answer)['id'])
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Other systems' callers write `stripeCustomerId`. */
function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
