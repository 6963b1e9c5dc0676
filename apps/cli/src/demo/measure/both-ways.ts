// Owns measuring how long one change takes to travel, each way, on an otherwise idle system.
// What is measured: ours → Stripe from the acknowledgement of the write until a GET at Stripe that shows it has
// answered; Stripe → ours from the moment at which the gateway took the webhook in (its own record) until a GET of our
// API that shows it has answered. The GETs follow one another, so each number is an upper bound.

import type { StripeHttp } from '@lockstep/domain/stripe/stripe-http'
import { stripeCalls } from '@lockstep/domain/stripe/stripe-http'
import { z } from 'zod'
import type { Progress } from '../../terminal/screen.ts'
import type { ApiCustomer, CustomersApi } from '../customers-api.ts'
import { until } from '../until.ts'

/** Durations in ms, one for each change. */
export interface BothWays {
  toStripe: number[]
  fromStripeKnown: number[]
  fromStripeNew: number[]
}

const stripeCustomer = z.object({ id: z.string(), description: z.string().nullish() })
const eventPage = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      data: z.object({ object: z.object({ id: z.string(), description: z.string().nullish() }) }),
    }),
  ),
})

/** A change that has not travelled within this is a failure, not a slow one (ms). */
const limitMs = 15_000
/** Our API answers in a few ms: asked this often, the number is true to about as much (ms). */
const lookEveryMs = 5

export interface BothWaysOptions {
  api: CustomersApi
  /** Paced by the budget that the workers use. */
  stripe: StripeHttp
  customers: readonly ApiCustomer[]
  /** Changes of each kind. */
  count: number
  progress: Progress
}

/** Makes the changes one after another, each on another customer. */
export async function measureBothWays(options: BothWaysOptions): Promise<BothWays> {
  const { api, stripe, customers, count, progress } = options
  const measured: BothWays = { toStripe: [], fromStripeKnown: [], fromStripeNew: [] }
  let done = 0
  const taken = someOf(customers, count)
  for (const [at, customer] of taken.entries()) {
    measured.toStripe.push(await oursToStripe(api, stripe, customer, `Changed here, number ${at + 1}`))
    progress.at(++done)
  }
  const visible = new Map<string, number>()
  for (const [at, { stripe_customer_id: id }] of taken.entries()) {
    const text = `Changed at Stripe, number ${at + 1}`
    await changeAtStripe(stripe, `/v1/customers/${id}`, 'POST /v1/customers/{id}', { description: text })
    visible.set(text, await untilHere(api, id ?? '', text))
    progress.at(++done)
  }
  measured.fromStripeKnown = await sinceReceipt(api, stripe, 'customer.updated', visible)
  visible.clear()
  for (let made = 1; made <= count; made++) {
    const text = `Made at Stripe, number ${made}`
    const form = { description: text, name: `Stripe ${made}`, email: `stripe-${made}@example.com` }
    const id = await changeAtStripe(stripe, '/v1/customers', 'POST /v1/customers', form)
    visible.set(text, await untilHere(api, id, text))
    progress.at(++done)
  }
  measured.fromStripeNew = await sinceReceipt(api, stripe, 'customer.created', visible)
  return measured
}

/** `count` customers; where there are fewer, some are taken several times. */
function someOf(customers: readonly ApiCustomer[], count: number): ApiCustomer[] {
  if (customers.length === 0) return []
  return Array.from({ length: Math.ceil(count / customers.length) }, () => customers)
    .flat()
    .slice(0, count)
}

async function oursToStripe(
  api: CustomersApi,
  stripe: StripeHttp,
  customer: ApiCustomer,
  description: string,
): Promise<number> {
  await api.update(customer.id, { description })
  const acknowledged = performance.now()
  await until(`${customer.key} at Stripe`, { everyMs: 0, limitMs }, async () => {
    const answer = await stripe.call(stripeCalls.getCustomer(customer.stripe_customer_id ?? ''))
    return answer.kind === 'ok' && stripeCustomer.parse(answer.body).description === description ? true : null
  })
  return performance.now() - acknowledged
}

/** Writes to Stripe as its dashboard would; the id of the customer. */
async function changeAtStripe(
  stripe: StripeHttp,
  path: string,
  endpoint: string,
  form: Record<string, string>,
): Promise<string> {
  const answer = await stripe.call({ method: 'POST', path, endpoint, form: Object.entries(form) })
  if (answer.kind !== 'ok') throw new Error(`Stripe answered ${answer.kind} to ${endpoint}`)
  return stripeCustomer.parse(answer.body).id
}

/** When our API showed it (ms since the epoch). */
function untilHere(api: CustomersApi, stripeId: string, description: string): Promise<number> {
  return until(`${stripeId} here`, { everyMs: lookEveryMs, limitMs }, async () => {
    const found = await api.findByStripeId(stripeId)
    return found?.description === description ? Date.now() : null
  })
}

/** From the gateway's receipt of each change's event until it was visible. `visible`: description → ms. */
async function sinceReceipt(
  api: CustomersApi,
  stripe: StripeHttp,
  type: string,
  visible: ReadonlyMap<string, number>,
): Promise<number[]> {
  const answer = await stripe.call(stripeCalls.listEvents({ type }))
  if (answer.kind !== 'ok') throw new Error(`Stripe answered ${answer.kind} to GET /v1/events`)
  const durations: number[] = []
  for (const { id, data } of eventPage.parse(answer.body).data) {
    const seen = visible.get(data.object.description ?? '')
    // A customer new here is marked with our ids afterwards: its later events carry the same text.
    if (seen !== undefined) durations.push(seen - (await api.receivedAt(id)))
  }
  return durations
}
