// Owns the endpoint at Stripe by which its webhooks come here: what it must send, in which version, and how it is made.
// Promises: one endpoint for one address, found again by that address; its secret is told by the answer to its creation alone
// (docs.stripe.com/api/webhook_endpoints), so that answer is all there is of it.

import { z } from 'zod'
import { readAll } from './look-up.ts'
import { type StripeAnswer, type StripeCall, stripeCalls } from './stripe-http.ts'

/** The version in which payloads are read here; the one that the client sends too. An endpoint's version is fixed when it is made. */
export const stripeApiVersion = '2026-10-28.endive'

/** The types that lead to anything here; others would be taken in and left alone. */
export const webhookEventTypes = [
  'customer.created',
  'customer.updated',
  'customer.deleted',
  // What is mirrored one way (mirror/kinds.ts).
  'customer.subscription.created',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'customer.subscription.paused',
  'customer.subscription.resumed',
  'customer.tax_id.created',
  'customer.tax_id.updated',
  'customer.tax_id.deleted',
  'payment_method.attached',
  'payment_method.detached',
  'payment_method.updated',
  'payment_method.automatically_updated',
  'invoice.created',
  'invoice.updated',
  'invoice.deleted',
  'invoice.finalized',
  'invoice.paid',
  'invoice.payment_failed',
  'invoice.voided',
  'invoice.marked_uncollectible',
  'payment_intent.created',
  'payment_intent.succeeded',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
  'charge.succeeded',
  'charge.failed',
  'charge.refunded',
  'charge.updated',
  'entitlements.active_entitlement_summary.updated',
] as const

const endpoint = z.object({
  id: z.string(),
  url: z.string(),
  status: z.string(),
  enabled_events: z.array(z.string()),
  api_version: z.string().nullish(),
})
const page = z.object({ data: z.array(endpoint), has_more: z.boolean() })
const created = endpoint.extend({ secret: z.string() })

export type WebhookEndpoint = z.infer<typeof endpoint>

type Call = (call: StripeCall) => Promise<StripeAnswer>

/** The endpoint for this address; null where there is none, an answer where Stripe did not tell. */
export async function findWebhookEndpoint(
  call: Call,
  url: string,
): Promise<WebhookEndpoint | null | Exclude<StripeAnswer, { kind: 'ok' }>> {
  const all = await readAll(page, (cursor) => call(stripeCalls.listWebhookEndpoints(cursor)))
  if (all.kind === 'failed') return all.answer.kind === 'ok' ? null : all.answer
  return all.items.find((each) => each.url === url) ?? null
}

/** What an endpoint lacks: types that it does not send, or that it is switched off. */
export function lackingIn({ enabled_events, status }: WebhookEndpoint): {
  types: string[]
  disabled: boolean
} {
  const has = (type: string) => enabled_events.includes('*') || enabled_events.includes(type)
  return { types: webhookEventTypes.filter((type) => !has(type)), disabled: status !== 'enabled' }
}

/** The parameters of a new one. */
export function newEndpointForm(url: string): [string, string][] {
  return [
    ['url', url],
    ['api_version', stripeApiVersion],
    ['description', 'Lockstep'],
    ...typesForm(webhookEventTypes),
  ]
}

/** The parameters that put it right; it goes on sending whatever else it sent. */
export function mendedEndpointForm(found: WebhookEndpoint): [string, string][] {
  return [['disabled', 'false'], ...typesForm(new Set([...found.enabled_events, ...lackingIn(found).types]))]
}

/** The answer to a creation, with the one sight of its secret. */
export function parseNewEndpoint(body: unknown): WebhookEndpoint & { secret: string } {
  return created.parse(body)
}

function typesForm(types: Iterable<string>): [string, string][] {
  return [...types].map((type, index) => [`enabled_events[${index}]`, type])
}
