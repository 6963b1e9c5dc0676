// Owns the declared fields of the mirrors' collections.

import type { MirrorAsk, MirrorAsks } from '../../mirror/asks.ts'
import type { UntoldChange } from '../../mirror/mirrored.ts'
import type { StoredMirrored } from './collections.ts'
import { type Fields, number, part, text, textOrNull } from './schema-parts.ts'

/** One document for each Stripe customer. */
export const mirrorAsksFields: Fields<MirrorAsks> = {
  _id: text,
  tenant_id: text,
  stripe_customer_id: text,
  rev: number,
  turn: number,
  n: number,
  asks: [part<MirrorAsk>({ kind: text, id: textOrNull, n: number, calm: Boolean })],
  due_at: Number,
  waits: number,
}

/** One document for each object. */
export const mirroredFields: Fields<StoredMirrored> = {
  _id: text,
  tenant_id: text,
  kind: text,
  object_id: text,
  stripe_customer_id: text,
  rev: number,
  turn: number,
  created: number,
  status: textOrNull,
  shown: text,
  seen_at: number,
  gone: Boolean,
  untold: {
    type: [part<UntoldChange>({ id: text, type: { type: String, required: true }, at: number, data: text })],
    default: undefined,
  },
  has_untold: Boolean,
  expires_at: Date,
}
