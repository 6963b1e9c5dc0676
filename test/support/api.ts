// Owns the two public APIs as a test uses them: ours over HTTP, and Stripe's at the sandbox.

import { z } from 'zod'
import { type Payload, type Stack, stripeKey } from './stack.ts'

const json = z.record(z.string(), z.unknown())
export type JsonObject = z.infer<typeof json>

export interface Answer {
  status: number
  headers: Headers
  body: JsonObject
  /** `body.data`, where there is one. */
  data: JsonObject
}

/** One request to a gateway. */
export async function api(
  stack: Stack,
  method: string,
  path: string,
  body?: unknown,
  options: { headers?: Record<string, string>; gateway?: number } = {},
): Promise<Answer> {
  const gateway = stack.gateways[options.gateway ?? 0]
  if (!gateway) throw new Error('no such gateway')
  const response = await fetch(`${gateway.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${stack.apiKey}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const parsed = text === '' ? {} : json.parse(JSON.parse(text))
  const data = json.safeParse(parsed['data'])
  return {
    status: response.status,
    headers: response.headers,
    body: parsed,
    data: data.success ? data.data : {},
  }
}

/** One request to Stripe, as a person at the dashboard or another program makes it. */
export async function stripe(
  stack: Stack,
  method: string,
  path: string,
  form?: Record<string, string>,
): Promise<JsonObject> {
  const response = await fetch(`${stack.sandbox.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${stripeKey}` },
    ...(form && { body: new URLSearchParams(form) }),
  })
  return json.parse(await response.json())
}

/** The id of Stripe's newest event of this type, as its webhooks carry it. */
export async function newestEvent(stack: Stack, type: string, payload: Payload): Promise<string> {
  const thin = payload === 'thin'
  const page = await stripe(
    stack,
    'GET',
    thin ? `/v2/core/events?limit=1&types[0]=v1.${type}` : `/v1/events?limit=1&type=${type}`,
  )
  return String(z.array(json).parse(page['data'])[0]?.['id'])
}

/** All customers that Stripe has, newest first. */
export async function stripeCustomers(stack: Stack): Promise<JsonObject[]> {
  const all: JsonObject[] = []
  for (let cursor = ''; ; ) {
    const page = await stripe(stack, 'GET', `/v1/customers?limit=100${cursor}`)
    const data = z.array(json).parse(page['data'])
    all.push(...data)
    const last = data.at(-1)
    if (page['has_more'] !== true || !last) return all
    cursor = `&starting_after=${String(last['id'])}`
  }
}
