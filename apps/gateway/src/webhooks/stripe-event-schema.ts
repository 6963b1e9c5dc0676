// Owns what is read of an inbound Stripe event, snapshot or thin; everything else in it is ignored and not stored.
// Tolerant: Stripe adds fields and types without notice. Ids have no promised form (docs.stripe.com/upgrades), so
// only their length and safety are checked.

import { z } from 'zod'
import { unsafeText } from '../schema/parse.ts'

/** Characters of a Stripe id or type; Stripe says ids stay within 255. */
const idMax = 255

const id = z
  .string()
  .min(1)
  .max(idMax)
  .refine((text) => unsafeText(text) === null)
const type = z
  .string()
  .min(1)
  .max(idMax)
  .regex(/^[\x21-\x7e]+$/)
/** An id, or an expanded object that has one. Anything else counts as none: an event is never refused for it. */
const reference = z
  .union([id, z.object({ id }).transform((object) => object.id)])
  .nullish()
  .catch(null)
const maybeText = id.nullish().catch(null)

/** A snapshot event (API v1): docs.stripe.com/api/events/object. */
export const snapshotEvent = z.object({
  id,
  object: z.literal('event').optional(),
  type,
  created: z.number().int(),
  livemode: z.boolean(),
  account: maybeText,
  data: z.object({
    object: z.looseObject({
      id: maybeText,
      object: maybeText,
      customer: reference,
      metadata: z
        .object({ lockstep_id: z.uuid().nullish().catch(null) })
        .nullish()
        .catch(null),
    }),
    previous_attributes: z.unknown().optional(),
  }),
  request: z
    .union([z.object({ idempotency_key: maybeText }), id.transform(() => ({ idempotency_key: null }))])
    .nullish()
    .catch(null),
})

/** A thin event (API v2): it names an object and carries nothing of it. */
export const thinEvent = z.object({
  id,
  object: z.literal('v2.core.event'),
  type,
  created: z.union([
    z.iso.datetime({ offset: true }).transform((text) => Math.floor(Date.parse(text) / 1000)),
    z.number().int(),
  ]),
  livemode: z.boolean(),
  /** The account, or a path of accounts, that the event belongs to. */
  context: maybeText,
  related_object: z.object({ id: maybeText, type: maybeText }).nullish().catch(null),
  reason: z
    .object({ request: z.object({ idempotency_key: maybeText }).nullish().catch(null) })
    .nullish()
    .catch(null),
})
