// Owns the schemas of what is answered about money: Stripe's objects in Stripe's words, as far as they are mirrored, and the
// results of commands.

import { type MirrorKind, mirrorShows } from '@lockstep/domain/mirror/kinds'
import { z } from 'zod'
import { answers } from '../http/answer-shape.ts'
import { operationAccepted } from '../operations/operation-answer.ts'

const names: Record<MirrorKind, string> = {
  subscription: 'Subscription',
  invoice: 'Invoice',
  payment: 'Payment',
  charge: 'Charge',
  payment_method: 'PaymentMethod',
  tax_id: 'TaxId',
  balance_transaction: 'BalanceTransaction',
  entitlement: 'Entitlement',
}

const stripesOwn = z.unknown().meta({ description: 'As Stripe shows it.' })

function mirroredSchema(kind: MirrorKind) {
  const shape = Object.fromEntries(mirrorShows(kind).map((name) => [name, stripesOwn]))
  return z
    .strictObject({ id: z.string(), ...shape })
    .meta({ id: names[kind], description: 'An object of Stripe, in Stripe’s words.' })
}

/** One schema for each mirrored kind. */
export const mirroredAnswered: Readonly<Record<MirrorKind, z.ZodType>> = {
  subscription: mirroredSchema('subscription'),
  invoice: mirroredSchema('invoice'),
  payment: mirroredSchema('payment'),
  charge: mirroredSchema('charge'),
  payment_method: mirroredSchema('payment_method'),
  tax_id: mirroredSchema('tax_id'),
  balance_transaction: mirroredSchema('balance_transaction'),
  entitlement: mirroredSchema('entitlement'),
}

/** The answers of a command: what Stripe made of it, or that it is accepted. */
export function commandAnswers(means: string, result: z.ZodType) {
  return {
    200: answers(means, result, { headers: ['ETag', 'Preference-Applied'] }),
    202: answers('Accepted: durable, not carried out yet.', operationAccepted, {
      headers: ['Location', 'Preference-Applied'],
    }),
  } as const
}

const seconds = z.int().nullable().meta({ description: 'Seconds since 1970.' })

/** What a credit came to. */
export const creditAnswered = z
  .strictObject({
    id: z.string(),
    amount: z.int(),
    currency: z.string(),
    ending_balance: z.int().nullable(),
    description: z.string().nullable(),
    created: seconds,
  })
  .meta({ id: 'Credit', description: 'The balance transaction; negative: a credit to the customer.' })

/** What a new tax id came to. */
export const taxIdMade = z
  .strictObject({
    id: z.string(),
    type: z.string(),
    value: z.string(),
    country: z.string().nullable(),
    verification: stripesOwn,
  })
  .meta({ id: 'NewTaxId' })

/** What the deletion of a tax id came to. */
export const taxIdDeleted = z.strictObject({ id: z.string(), deleted: z.literal(true) })

/** What an attach or detach came to. */
export const paymentMethodMoved = z
  .strictObject({ id: z.string(), type: z.string().nullable(), card: stripesOwn })
  .meta({ id: 'MovedPaymentMethod' })

/** What a new default payment method came to: the Stripe customer whose default it is. */
export const defaultSet = z.strictObject({ id: z.string() }).meta({ id: 'DefaultPaymentMethod' })

/** What a portal session came to. */
export const portalAnswered = z
  .strictObject({
    id: z.string(),
    return_url: z.string().nullable(),
    created: seconds,
    url: z.string().nullable().meta({ description: 'null once its five minutes are over.' }),
  })
  .meta({ id: 'PortalSession' })

/** What a report of usage came to. */
export const usageReported = z
  .strictObject({
    event_name: z.string(),
    identifier: z.string(),
    timestamp: z.int(),
    value: z.number().optional(),
  })
  .meta({ id: 'ReportedUsage' })
