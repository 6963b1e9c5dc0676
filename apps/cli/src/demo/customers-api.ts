// Owns the demo's calls of the gateway: a few routes of /v1, as any upstream service would call them.
// Promises: an answer is parsed once, here; a refusal is an ApiProblem with the gateway's code; a gateway that is away
// for a moment (503, a connection cut) is asked again with the same Idempotency-Key.

import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { NewCustomer } from '../import/chinook-csv.ts'

const customer = z.object({
  id: z.string(),
  key: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  description: z.string().nullable(),
  billing_address: z.object({ country: z.string().nullable() }).nullable(),
  stripe_customer_id: z.string().nullable(),
  sync: z.object({ state: z.string() }),
})
const one = z.object({ data: customer })
const page = z.object({ data: z.array(customer) })
const accepted = z.object({ data: z.object({ id: z.string() }) })
const stripeEvent = z.object({ data: z.object({ received_at: z.iso.datetime() }) })
const problem = z.object({ code: z.string(), detail: z.string().optional() })

/** A customer as our API shows it, reduced to what the demo looks at. */
export type ApiCustomer = z.output<typeof customer>

/** The gateway said no. `code` is stable. */
export class ApiProblem extends Error {
  readonly code: string
  constructor(status: number, code: string, detail: string) {
    super(`${status} ${code}: ${detail}`)
    this.name = 'ApiProblem'
    this.code = code
  }
}

export interface CustomersApi {
  /** Resolves when it is applied. @throws ApiProblem */
  create(fields: NewCustomer, idempotencyKey: string): Promise<string>
  /** Resolves when it is durable (`respond-async`), applied or not. @throws ApiProblem */
  update(id: string, fields: { description: string }): Promise<void>
  read(id: string): Promise<ApiCustomer>
  /** The customer linked to this Stripe customer; null while there is none. */
  findByStripeId(stripeId: string): Promise<ApiCustomer | null>
  /** Every customer, newest first. */
  list(): Promise<ApiCustomer[]>
  /** When the gateway took this Stripe event in (ms since the epoch). */
  receivedAt(stripeEventId: string): Promise<number>
}

const pageSize = 100
/** A gateway that is restarted is back within a few seconds. */
const triesMax = 20
const againMs = 250

/** The API at `url`, called with `key`. */
export function openCustomersApi(url: string, key: string): CustomersApi {
  const call = async (method: string, path: string, options: { body?: object; headers?: object } = {}) => {
    const request: RequestInit = {
      method,
      headers: {
        Authorization: `Bearer ${key}`,
        ...(options.body && { 'Content-Type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body && { body: JSON.stringify(options.body) }),
    }
    for (let tries = 1; ; tries++) {
      const response = await fetch(`${url}${path}`, request).catch(() => null)
      if (response?.ok) return response.json()
      if (tries < triesMax && (response === null || response.status === 503)) {
        await response?.arrayBuffer()
        await wait(againMs)
        continue
      }
      if (response === null) throw new ApiProblem(0, 'no_answer', `${url} does not answer`)
      const told = problem.safeParse(await response.json().catch(() => null)).data
      throw new ApiProblem(response.status, told?.code ?? 'unknown', told?.detail ?? '')
    }
  }
  return {
    async create(fields, idempotencyKey) {
      const headers = { 'Idempotency-Key': idempotencyKey }
      return accepted.parse(await call('POST', '/v1/customers', { body: fields, headers })).data.id
    },
    async update(id, fields) {
      const headers = { Prefer: 'respond-async', 'Idempotency-Key': crypto.randomUUID() }
      await call('PATCH', `/v1/customers/${id}`, { body: fields, headers })
    },
    async read(id) {
      return one.parse(await call('GET', `/v1/customers/${id}`)).data
    },
    async findByStripeId(stripeId) {
      const query = new URLSearchParams({ stripe_customer_id: stripeId })
      return page.parse(await call('GET', `/v1/customers?${query.toString()}`)).data[0] ?? null
    },
    async list() {
      const all: ApiCustomer[] = []
      for (let after: string | undefined; ; ) {
        const query = new URLSearchParams({ limit: String(pageSize), ...(after !== undefined && { after }) })
        const { data } = page.parse(await call('GET', `/v1/customers?${query.toString()}`))
        all.push(...data)
        after = data.at(-1)?.id
        if (data.length < pageSize) return all
      }
    },
    async receivedAt(stripeEventId) {
      const { data } = stripeEvent.parse(await call('GET', `/v1/stripe-events/${stripeEventId}`))
      return Date.parse(data.received_at)
    },
  }
}
