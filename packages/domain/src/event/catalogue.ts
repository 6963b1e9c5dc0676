// Owns the catalogue of our events: each type with the version of its data, what it tells, and the schema of its data.
// Promises: a version only ever gains optional fields; what would break a reader is a new version. Every type that Lockstep
// writes stands here; callers' own types live outside of our names. An erased event keeps its type, and its data is
// `{"erased": true}`.

import { z } from 'zod'

/** Who made the change. */
const by = z.enum(['api', 'stripe', 'operator'])
const change = z.object({ field: z.string(), from: z.json(), to: z.json() })
const side = z.enum(['ours', 'stripe'])
/** The customer as `GET /v1/customers/{id}` shows it, without `sync`. */
const customer = z.looseObject({ id: z.string(), key: z.string(), version: z.number().int() })
const fromStripe = z.looseObject({ id: z.string() })

const moved = z.object({ by, customer: customer.optional(), changes: z.array(change).optional() })
const ended = z.object({ operation_id: z.string(), code: z.string().nullable(), version: z.number().int() })
const mirrored = z.object({ by, object: fromStripe })

interface Entry {
  /** Of its data's schema. */
  version: number
  /** What it tells, for a person who chooses types. */
  tells: string
  data: z.ZodType
}

function entry<const Data extends z.ZodType>(tells: string, data: Data) {
  return { version: 1, tells, data }
}

/** The catalogue, by type. */
export const eventCatalogue = {
  'customer.created': entry(
    'A customer was made, by a caller or in Stripe.',
    z.object({
      by,
      customer: customer.optional(),
      changes: z.array(change).optional(),
      stripe_customer_id: z.string().optional(),
    }),
  ),
  'customer.updated': entry('Fields changed, here or in Stripe.', moved),
  'customer.deleted': entry('It was deleted softly; a restore brings it back.', moved),
  'customer.restored': entry('It came back to the state before its deletion.', moved),
  'customer.archived': entry('It was archived, by a caller or because Stripe deleted its customer.', moved),
  'customer.unarchived': entry('It is active again.', moved),
  'customer.suspended': entry('It was suspended.', moved),
  'customer.unsuspended': entry('It is active again.', moved),
  'customer.status_changed': entry('Its lifecycle moved: lead, prospect, customer, churned.', moved),
  'customer.linked': entry('It has a Stripe customer.', z.object({ stripe_customer_id: z.string() })),
  'customer.unlinked': entry(
    'Its Stripe customer is gone from it.',
    z.object({ stripe_customer_id: z.string() }),
  ),
  'customer.conflict': entry(
    'Both sides changed one field; one value lost.',
    z.object({
      field: z.string(),
      lost: z.string().nullable(),
      won: z.string().nullable(),
      winner: side,
      by: z.string(),
      at: z.number(),
    }),
  ),
  'customer.held': entry(
    'Stripe refused values; they are held back.',
    z.object({ fields: z.array(z.string()), code: z.string() }),
  ),
  'customer.parked': entry('Its sync waits for a person.', z.object({ code: z.string() })),
  'customer.purged': entry('It is gone, here and in Stripe.', z.object({ by })),
  'customer.merged': entry(
    'A double at Stripe was merged into it.',
    z.object({ by, stripe_customer_id: z.string(), customer: z.string().nullable() }),
  ),
  'customer.payment_method.added': entry('A payment method was attached.', mirrored),
  'customer.payment_method.removed': entry('A payment method was detached.', mirrored),
  'customer.balance.updated': entry(
    'A credit or a debit was applied at Stripe; negative is a credit.',
    z.object({
      by,
      balance: z.object({ amount: z.number().int(), currency: z.string().nullable() }),
      change: z.number().int(),
    }),
  ),
  'subscription.created': entry('Stripe has a new subscription.', mirrored),
  'subscription.updated': entry('A subscription changed.', mirrored),
  'subscription.deleted': entry('A subscription ended.', mirrored),
  'invoice.created': entry('Stripe has a new invoice.', mirrored),
  'invoice.updated': entry('An invoice changed.', mirrored),
  'invoice.paid': entry('An invoice was paid.', mirrored),
  'invoice.payment_failed': entry('An invoice could not be paid.', mirrored),
  'entitlement.checked': entry(
    'Somebody asked whether the customer is entitled to a feature.',
    z.object({
      lookup_key: z.string(),
      entitled: z.boolean(),
      reason: z.enum(['not_entitled', 'limit_reached']).nullable(),
      used: z.number().nullable(),
      limit: z.number().nullable(),
    }),
  ),
  'operation.applied': entry('An accepted write took effect.', ended),
  'operation.rejected': entry('An accepted write was refused; `code` says why.', ended),
  'operation.parked': entry('An accepted write waits for a person; `code` says why.', ended),
  'webhook_endpoint.test': entry(
    'Somebody tests an endpoint; it goes to that one alone and is not in the log.',
    z.object({ endpoint_id: z.string() }),
  ),
} as const satisfies Record<string, Entry>

export type EventType = keyof typeof eventCatalogue

/** True for a type of ours. */
export function isOurType(type: string): type is EventType {
  return Object.hasOwn(eventCatalogue, type)
}

/** First words of types that callers may not use: ours, now or later. */
const ourFirstWords = new Set([
  'customer',
  'subscription',
  'invoice',
  'payment',
  'entitlement',
  'operation',
  'webhook_endpoint',
  'lockstep',
])

/** Characters: the longest of our own types has 31. */
const typeMax = 100

/** A type as callers may name their own: two or more words of lower-case letters, digits and `_`, joined by dots. */
export const callersType = z
  .string()
  .max(typeMax, `must be at most ${typeMax} characters`)
  .regex(
    /^[a-z0-9_]+(\.[a-z0-9_]+)+$/,
    'must be words of a-z, 0-9 and _ joined by dots, as in billing.plan_chosen',
  )
  .refine((type) => !ourFirstWords.has(type.split('.')[0] ?? ''), 'is one of Lockstep’s own names')

/** A filter by type: one type, `customer.*` for all below a word, or `*`. */
export const typePattern = z
  .string()
  .max(typeMax, `must be at most ${typeMax} characters`)
  .regex(/^(\*|[a-z0-9_]+(\.[a-z0-9_]+)*(\.\*)?)$/, 'must be a type, a prefix such as customer.*, or *')

/** True where one of the patterns takes this type; no pattern takes all. */
export function matchesType(patterns: readonly string[], type: string): boolean {
  return patterns.length === 0 || patterns.some((pattern) => takes(pattern, type))
}

function takes(pattern: string, type: string): boolean {
  if (pattern === '*') return true
  return pattern.endsWith('.*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type
}
