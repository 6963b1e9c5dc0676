// Owns the table of what is mirrored one way, from Stripe to here, beside the customer itself: per kind where Stripe shows it,
// which of its events ask for a re-read, what the API shows of it, and which of our events tell of a change.
// Promises: pure; what is shown is Stripe's own words and figures, never computed here.

import { z } from 'zod'
import type { EventType } from '../event/catalogue.ts'
import type { StripeCall } from '../stripe/stripe-http.ts'

/** Every kind, in the order in which a customer's mirrors are read. */
export const mirrorKinds = [
  'subscription',
  'invoice',
  'payment',
  'charge',
  'payment_method',
  'tax_id',
  'balance_transaction',
  'entitlement',
] as const
export type MirrorKind = (typeof mirrorKinds)[number]

/** An object as it was read: what the API will show of it, and what it is ordered by. */
export interface SeenObject {
  id: string
  /** Seconds; 0 where Stripe tells none. */
  created: number
  status: string | null
  /** Whose it is; null where the object itself does not say (its list does). */
  customer: string | null
  /** JSON text of what the API shows, with its members in a fixed order: equal texts are equal objects. */
  shown: string
}

/** The event that a change calls for; null: none. */
type Tell = (change: { before: SeenObject | null; after: SeenObject | null }) => EventType | null

interface Rule {
  /** Stripe's event types that speak of such an object. */
  events: RegExp
  /** Of this customer, all of them. */
  list: (stripeId: string) => { path: string; endpoint: string }
  /** One by its id; null: a customer has few, and they are read as a list. */
  one: ((id: string) => { path: string; endpoint: string }) | null
  /** The members of Stripe's object that the API shows. */
  shows: readonly string[]
  tell: Tell
}

const id = encodeURIComponent
const byCustomer =
  (path: string, more = '') =>
  (stripeId: string) => ({
    path: `${path}?customer=${id(stripeId)}${more}`,
    endpoint: `GET ${path}`,
  })
const below = (part: string) => (stripeId: string) => ({
  path: `/v1/customers/${id(stripeId)}/${part}`,
  endpoint: `GET /v1/customers/{id}/${part}`,
})
const single = (path: string) => (objectId: string) => ({
  path: `${path}/${id(objectId)}`,
  endpoint: `GET ${path}/{id}`,
})
const silent: Tell = () => null

const rules: Record<MirrorKind, Rule> = {
  subscription: {
    events: /^customer\.subscription\./,
    list: byCustomer('/v1/subscriptions', '&status=all'),
    one: single('/v1/subscriptions'),
    shows: [
      'status',
      'currency',
      'items',
      'start_date',
      'billing_cycle_anchor',
      'trial_start',
      'trial_end',
      'cancel_at',
      'cancel_at_period_end',
      'canceled_at',
      'ended_at',
      'collection_method',
      'default_payment_method',
      'latest_invoice',
      'metadata',
      'created',
    ],
    tell: ({ before, after }) => {
      if (!after) return 'subscription.deleted'
      if (!before) return 'subscription.created'
      return hasEnded(after) && !hasEnded(before) ? 'subscription.deleted' : 'subscription.updated'
    },
  },
  invoice: {
    // An upcoming invoice is a forecast: it has no id, and is read nowhere.
    events: /^invoice\.(?!upcoming$)/,
    list: byCustomer('/v1/invoices'),
    one: single('/v1/invoices'),
    shows: [
      'number',
      'status',
      'currency',
      'subtotal',
      'total',
      'amount_due',
      'amount_paid',
      'amount_remaining',
      'total_taxes',
      'billing_reason',
      'collection_method',
      'attempt_count',
      'due_date',
      'period_start',
      'period_end',
      'hosted_invoice_url',
      'invoice_pdf',
      'parent',
      'metadata',
      'created',
    ],
    tell: ({ before, after }) => {
      if (!after) return null
      if (!before) return 'invoice.created'
      if (after.status === 'paid' && before.status !== 'paid') return 'invoice.paid'
      return attempts(after) > attempts(before) ? 'invoice.payment_failed' : 'invoice.updated'
    },
  },
  payment: {
    events: /^payment_intent\./,
    list: byCustomer('/v1/payment_intents'),
    one: single('/v1/payment_intents'),
    shows: [
      'status',
      'amount',
      'amount_received',
      'currency',
      'description',
      'payment_method',
      'latest_charge',
      'canceled_at',
      'cancellation_reason',
      'metadata',
      'created',
    ],
    tell: silent,
  },
  charge: {
    events: /^charge\.(?!dispute\.|refund\.)/,
    list: byCustomer('/v1/charges'),
    one: single('/v1/charges'),
    shows: [
      'status',
      'paid',
      'amount',
      'amount_captured',
      'amount_refunded',
      'refunded',
      'disputed',
      'currency',
      'failure_code',
      'payment_intent',
      'payment_method',
      'receipt_url',
      'created',
    ],
    tell: silent,
  },
  payment_method: {
    events: /^payment_method\./,
    list: below('payment_methods'),
    one: null,
    shows: ['type', 'card', 'sepa_debit', 'us_bank_account', 'metadata', 'created'],
    tell: ({ before, after }) => {
      if (!after) return 'customer.payment_method.removed'
      return before ? null : 'customer.payment_method.added'
    },
  },
  tax_id: {
    events: /^customer\.tax_id\./,
    list: below('tax_ids'),
    one: null,
    shows: ['type', 'value', 'country', 'verification', 'created'],
    tell: silent,
  },
  balance_transaction: {
    // Stripe has no event for them; a customer whose balance moved is one who has a new one.
    events: /^(?!)/,
    list: below('balance_transactions'),
    one: null,
    shows: [
      'type',
      'amount',
      'currency',
      'ending_balance',
      'description',
      'invoice',
      'credit_note',
      'metadata',
      'created',
    ],
    tell: silent,
  },
  entitlement: {
    events: /^entitlements\.active_entitlement_summary\./,
    list: byCustomer('/v1/entitlements/active_entitlements', '&expand[]=data.feature'),
    one: null,
    shows: ['lookup_key', 'feature'],
    tell: silent,
  },
}

/** States of a subscription in which nothing more is billed (docs.stripe.com/billing/subscriptions/overview). */
const endedStates: ReadonlySet<string | null> = new Set(['canceled', 'incomplete_expired'])

/** True for a subscription that keeps its customer from being deleted. */
export function isRunningSubscription({ status }: Pick<SeenObject, 'status'>): boolean {
  return !endedStates.has(status)
}

function hasEnded({ status }: SeenObject): boolean {
  return endedStates.has(status)
}

function attempts({ shown }: SeenObject): number {
  const { attempt_count: count } = z.object({ attempt_count: z.number().catch(0) }).parse(JSON.parse(shown))
  return count
}

/** The kind that this event of Stripe speaks of, snapshot or thin; null: none that is mirrored here. */
export function kindOfEvent(type: string): MirrorKind | null {
  const bare = type.replace(/^v1\./, '')
  return mirrorKinds.find((kind) => rules[kind].events.test(bare)) ?? null
}

/** True where one such object is read by itself; else the customer's list is. */
export function isReadAlone(kind: MirrorKind): boolean {
  return rules[kind].one !== null
}

/** The call that shows one object, or a page of the customer's. */
export function mirrorCall(
  kind: MirrorKind,
  about: { stripeId: string; id: string | null; startingAfter?: string },
): StripeCall {
  const { list, one } = rules[kind]
  if (about.id !== null && one) return { method: 'GET', ...one(about.id) }
  const { path, endpoint } = list(about.stripeId)
  const cursor = about.startingAfter === undefined ? '' : `&starting_after=${id(about.startingAfter)}`
  return { method: 'GET', path: `${path}${path.includes('?') ? '&' : '?'}limit=100${cursor}`, endpoint }
}

const stripeObject = z.looseObject({
  id: z.string(),
  deleted: z.literal(true).optional(),
  created: z.number().int().nullish(),
  status: z.string().nullish(),
  customer: z.union([z.string(), z.looseObject({ id: z.string() })]).nullish(),
})

/** A page of a customer's objects. */
export const mirrorPage = z.object({ data: z.array(stripeObject), has_more: z.boolean() })

/** An object of Stripe as it is kept here; null: Stripe shows that it was deleted. */
export function seenObject(kind: MirrorKind, body: unknown): SeenObject | null {
  const object = stripeObject.parse(body)
  if (object.deleted) return null
  const { customer } = object
  // What Stripe leaves out of one object stands as null: every object of a kind has the same members.
  const shown = Object.fromEntries(rules[kind].shows.map((name) => [name, object[name] ?? null]))
  return {
    id: object.id,
    created: object.created ?? 0,
    status: object.status ?? null,
    customer: typeof customer === 'object' ? (customer?.id ?? null) : (customer ?? null),
    shown: JSON.stringify({ id: object.id, ...shown }),
  }
}

/** The members that the API shows of such an object, beside its id. */
export function mirrorShows(kind: MirrorKind): readonly string[] {
  return rules[kind].shows
}

/** The event that tells of this change; null: none does. */
export function tellOf(
  kind: MirrorKind,
  change: { before: SeenObject | null; after: SeenObject | null },
): EventType | null {
  return rules[kind].tell(change)
}
