// Owns what hangs on a Stripe customer that a merge would leave behind or delete: subscriptions and payment methods cannot be moved
// by Stripe's API (docs.stripe.com/api), and a deletion cancels and detaches them for good.
// Promises: reads only; what could not be read is no empty answer but an error.

import type { StripeAnswer, StripeHttp } from '@lockstep/domain/stripe/stripe-http'
import { z } from 'zod'
import { StripeUnreachable } from '../verify/stripe-side.ts'

export interface Hanging {
  /** In minor units; negative is credit. */
  balance: number
  currency: string | null
  /** Subscriptions that are not ended. */
  subscriptions: string[]
  payment_methods: string[]
  /** Invoices that wait for money. */
  open_invoices: string[]
  tax_ids: string[]
  created: number | null
  email: string | null
  lockstep_id: string | null
}

const customerBody = z.object({
  balance: z.number().nullish(),
  currency: z.string().nullish(),
  email: z.string().nullish(),
  created: z.number().nullish(),
  metadata: z.object({ lockstep_id: z.string().optional() }).nullish(),
})
const list = z.object({ data: z.array(z.object({ id: z.string(), status: z.string().nullish() })) })

/** Statuses from which a subscription never bills again (docs.stripe.com/api/subscriptions/object). */
const ended = new Set(['canceled', 'incomplete_expired'])

/** Reads it. @throws StripeUnreachable */
export async function whatHangs(http: StripeHttp, stripeId: string): Promise<Hanging> {
  const id = encodeURIComponent(stripeId)
  const read = async (path: string, endpoint: string) =>
    bodyOf(endpoint, await http.call({ method: 'GET', path, endpoint: `GET ${endpoint}` }))
  const customer = customerBody.parse(await read(`/v1/customers/${id}`, '/v1/customers/{id}'))
  const ids = async (path: string, endpoint: string) => list.parse(await read(path, endpoint)).data
  const subscriptions = await ids(
    `/v1/subscriptions?customer=${id}&status=all&limit=100`,
    '/v1/subscriptions',
  )
  const methods = await ids(
    `/v1/customers/${id}/payment_methods?limit=100`,
    '/v1/customers/{id}/payment_methods',
  )
  const invoices = await ids(`/v1/invoices?customer=${id}&status=open&limit=100`, '/v1/invoices')
  const taxIds = await ids(`/v1/customers/${id}/tax_ids?limit=100`, '/v1/customers/{id}/tax_ids')
  return {
    balance: customer.balance ?? 0,
    currency: customer.currency ?? null,
    subscriptions: subscriptions.filter(({ status }) => !ended.has(status ?? '')).map((each) => each.id),
    payment_methods: methods.map((each) => each.id),
    open_invoices: invoices.map((each) => each.id),
    tax_ids: taxIds.map((each) => each.id),
    created: customer.created ?? null,
    email: customer.email ?? null,
    lockstep_id: customer.metadata?.lockstep_id ?? null,
  }
}

/** In words, what a deletion would destroy; empty where nothing. */
export function atStake(hanging: Hanging): string[] {
  const { balance, currency, subscriptions, payment_methods: methods, open_invoices: invoices } = hanging
  return [
    ...counted(subscriptions.length, 'live subscription'),
    ...counted(invoices.length, 'open invoice'),
    ...counted(methods.length, 'payment method'),
    ...(balance === 0 ? [] : [`a balance of ${balance} ${currency ?? ''}`.trim()]),
  ]
}

function counted(count: number, what: string): string[] {
  return count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'}`]
}

function bodyOf(what: string, answer: StripeAnswer): unknown {
  if (answer.kind === 'ok') return answer.body
  const why = answer.kind === 'refused' ? `${answer.status} ${answer.code}` : answer.kind
  throw new StripeUnreachable(`${what}: ${why}`)
}
