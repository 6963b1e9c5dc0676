// Owns the schema of a customer as it is answered; `customerView` of the domain makes what it describes.
// Promises: every member of the view stands here and the reverse, for the compiler and in every test of an answer.

import type { CustomerView } from '@lockstep/domain/customer/view'
import { z } from 'zod'

const textOrNull = z.string().nullable()
const time = z.iso.datetime().meta({ description: 'ISO 8601, UTC.' })

/** Our id of a customer. */
export const customerId = z.uuid().meta({ description: 'Our id, a UUID.' })

const address = z
  .strictObject({
    line1: textOrNull,
    line2: textOrNull,
    city: textOrNull,
    state: textOrNull,
    postal_code: textOrNull,
    country: textOrNull.meta({ description: 'ISO 3166-1 alpha-2, as far as it was set here.' }),
  })
  .meta({ id: 'Address' })

const conflict = z
  .strictObject({
    field: z.string(),
    lost: textOrNull,
    won: textOrNull,
    winner: z.enum(['ours', 'stripe']),
    by: z.enum(['merge', 'overwritten', 'late_push', 'refused', 'duplicate']),
    at: time,
  })
  .meta({ id: 'Conflict', description: 'A value that lost: both sides had changed the field.' })

const sync = z
  .strictObject({
    state: z.enum(['pending', 'synced', 'conflict', 'parked', 'paused', 'observing']),
    held: z.array(z.strictObject({ field: z.string(), reason: z.string() })),
    not_mirrored: z
      .array(z.string())
      .meta({ description: 'Fields and metadata that have no form at Stripe, and stay here.' }),
    generation: z.int().meta({ description: 'How many Stripe customers this customer has had.' }),
    last_synced_at: time.nullable(),
    last_error: z.strictObject({ code: z.string(), at: time }).nullable(),
    waiting_for: z.literal('create_lookup').nullable(),
    conflicts: z.array(conflict),
  })
  .meta({ id: 'CustomerSync', description: 'Where the customer stands between here and Stripe.' })

/** A customer, as every route answers it. */
export const customerAnswered = z
  .strictObject({
    id: customerId,
    key: z.string().meta({ description: 'The caller’s own identifier.' }),
    app_id: textOrNull,
    name: textOrNull,
    email: textOrNull,
    phone: textOrNull,
    description: textOrNull,
    billing_address: address.nullable(),
    shipping: z.strictObject({ name: textOrNull, phone: textOrNull, address: address.nullable() }).nullable(),
    tax_exempt: z.string(),
    preferred_locales: z.array(z.string()),
    currency: textOrNull,
    balance: z
      .strictObject({ amount: z.int(), currency: textOrNull })
      .meta({ description: 'In minor units; negative: a credit to the customer.' }),
    delinquent: z.boolean(),
    default_payment_method: textOrNull.meta({
      description: 'What invoices are paid by, a `pm_…` of Stripe.',
    }),
    metadata: z.record(z.string(), z.unknown()),
    external_billing_id: textOrNull.meta({ description: 'The same as `stripe_customer_id`.' }),
    stripe_customer_id: textOrNull,
    status: z.enum(['lead', 'prospect', 'customer', 'churned']),
    state: z.enum(['active', 'suspended', 'archived', 'deleted']),
    tier: z.enum(['free', 'basic', 'pro', 'enterprise']),
    tags: z.array(z.string()),
    source: textOrNull,
    assigned_to: textOrNull,
    user_id: textOrNull,
    company_id: textOrNull,
    contact_id: textOrNull,
    organization: textOrNull,
    sync,
    version: z.int().meta({ description: 'Counts changes of the customer’s own data; the ETag.' }),
    created_at: time,
    updated_at: time,
    churned_at: time.nullable(),
    deleted_at: time.nullable(),
  })
  .meta({ id: 'Customer' })

type Answered = z.output<typeof customerAnswered>
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
/** A member that only one of the two has does not compile. */
true satisfies Same<keyof Answered, keyof CustomerView>
true satisfies Same<keyof Answered['sync'], keyof CustomerView['sync']>
