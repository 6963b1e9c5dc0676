// Owns what callers may write about money, field by field.
// Promises: strict; amounts are safe integers in minor units; whatever only Stripe can judge (a tax id's form, a price) is left to
// Stripe, whose words for a refusal are passed on.

import { z } from 'zod'
import { currency } from '../schema/field-rules.ts'

/** Characters of a Stripe id: Stripe says ids stay within 255. */
const idMax = 255
/** Stripe's bounds: a description, items of a subscription, metadata entries beside our mark. */
const descriptionMax = 350
const itemsMax = 20
const metadataMax = 49

const stripeId = (what: string) =>
  z
    .string(`must be the id of ${what}`)
    .regex(/^[\w-]+$/, `must be the id of ${what}`)
    .max(idMax, `must be at most ${idMax} characters`)

/** `pm_…`, or a token such as `pm_card_visa`. */
export const paymentMethodId = stripeId('a payment method')

/** An amount that is not zero. Negative: a credit to the customer. */
export const creditRequest = z.strictObject({
  amount: z.int('must be a whole number of minor units').refine((amount) => amount !== 0, 'must not be zero'),
  currency: currency.pipe(z.string('must be an ISO 4217 code, like eur')),
  reason: z
    .string('must be text or null')
    .max(descriptionMax, `must be at most ${descriptionMax} characters`)
    .nullable()
    .default(null),
})

export const attachRequest = z.strictObject({ payment_method: paymentMethodId })

/** null: none is the default any more. */
export const defaultRequest = z.strictObject({ payment_method: paymentMethodId.nullable() })

export const taxIdRequest = z.strictObject({
  type: z.string('must be text').regex(/^[a-z]{2}_[a-z0-9_]{2,30}$/, 'must be a type such as eu_vat'),
  value: z.string('must be text').min(1, 'must not be empty').max(100, 'must be at most 100 characters'),
})

export const portalRequest = z.strictObject({
  return_url: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(2048),
})

export const subscriptionRequest = z.strictObject({
  items: z
    .array(
      z.strictObject({
        price: stripeId('a price'),
        quantity: z.int('must be a whole number').min(0, 'must not be negative').nullable().default(null),
      }),
      'must be a list of {price, quantity}',
    )
    .min(1, 'must hold at least one price')
    .max(itemsMax, `must be at most ${itemsMax} items`),
  trial_days: z
    .int('must be a whole number of days')
    .min(1, 'must be at least one day')
    .max(730, 'must be at most 730 days') // Stripe's two years.
    .nullable()
    .default(null),
  default_payment_method: paymentMethodId.nullable().default(null),
  metadata: z
    .record(
      z
        .string()
        .regex(/^[^[\]]{1,40}$/, 'must be 1 to 40 characters without square brackets')
        .refine((name) => !name.startsWith('lockstep_'), 'is reserved: names with lockstep_ are ours'),
      z.string('must be text').min(1, 'must not be empty').max(500, 'must be at most 500 characters'),
    )
    .refine((entries) => Object.keys(entries).length <= metadataMax, `must be at most ${metadataMax} entries`)
    .default({}),
})

export const usageRequest = z.strictObject({
  event_name: z
    .string('must be text')
    .regex(/^[\w.:-]{1,100}$/, 'must be 1 to 100 letters, digits, or _ . : -'),
  value: z.int('must be a whole number').min(0, 'must not be negative'),
  identifier: z
    .string('must be text')
    .regex(/^[\w.:-]{1,100}$/, 'must be 1 to 100 letters, digits, or _ . : -')
    .exactOptional(),
  timestamp: z.iso.datetime({ offset: true, error: 'must be an ISO 8601 time' }).exactOptional(),
})
