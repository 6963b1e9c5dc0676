// Owns one mirrored object, and what a reading of Stripe makes of it. Pure.
// Promises: what an older reading saw never replaces what a newer one stored; a change and the event that tells of it are one
// write; one that is gone leaves its record for a while, or an older reading would bring it back.

import type { EventType } from '../event/catalogue.ts'
import { type MirrorKind, type SeenObject, tellOf } from './kinds.ts'

/** An event that waits for its place in the owner's outbox. */
export interface UntoldChange {
  id: string
  type: EventType
  at: number
  /** JSON text. */
  data: string
}

/** An object of Stripe as it was last read: compare-and-set on `rev`. */
export interface MirroredObject {
  /** `<tenant>/<kind>/<id at Stripe>`. */
  _id: string
  tenant_id: string
  kind: MirrorKind
  object_id: string
  stripe_customer_id: string
  rev: number
  /** Of the reading that stored it. */
  turn: number
  created: number
  status: string | null
  /** What the API shows, as JSON text: a caller's metadata stands in it. */
  shown: string
  seen_at: number
  /** Stripe has it no more, or not for this customer. */
  gone?: true
  /** Absent: all is told. */
  untold?: UntoldChange[]
}

/** A reading of one customer's objects. */
export interface Reading {
  tenantId: string
  stripeId: string
  kind: MirrorKind
  turn: number
  moment: { now: number; uuid(): string }
}

/** Changes of one object that may wait to be told: its owner may not be known here yet. */
const untoldMax = 20

/** The id of an object's record. */
export function mirroredId(tenantId: string, kind: MirrorKind, id: string): string {
  return `${tenantId}/${kind}/${id}`
}

/** The record after a reading that saw it; null: it stays as it is. */
export function laidOver(
  known: MirroredObject | null,
  seen: SeenObject,
  reading: Reading,
): MirroredObject | null {
  // A turn is one customer's count; an object that moved to another customer begins anew there.
  const isMine = known?.stripe_customer_id === reading.stripeId
  if (known && isMine && known.turn > reading.turn) return null
  const same = known && isMine && !known.gone && known.shown === seen.shown
  if (same)
    return known.turn === reading.turn ? null : { ...known, turn: reading.turn, seen_at: reading.moment.now }
  const before = known && isMine && !known.gone ? seenOf(known) : null
  const { gone: _, ...kept } = known ?? { untold: [], rev: 0 }
  return told(
    {
      ...kept,
      _id: mirroredId(reading.tenantId, reading.kind, seen.id),
      tenant_id: reading.tenantId,
      kind: reading.kind,
      object_id: seen.id,
      stripe_customer_id: reading.stripeId,
      rev: kept.rev,
      turn: reading.turn,
      created: seen.created,
      status: seen.status,
      shown: seen.shown,
      seen_at: reading.moment.now,
    },
    { before, after: seen },
    reading,
  )
}

/** The record after a reading that should have seen it and did not; null: it stays as it is. */
export function missed(known: MirroredObject, reading: Reading): MirroredObject | null {
  if (known.gone || known.stripe_customer_id !== reading.stripeId || known.turn > reading.turn) return null
  const gone: MirroredObject = { ...known, gone: true, turn: reading.turn, seen_at: reading.moment.now }
  return told(gone, { before: seenOf(known), after: null }, reading)
}

/** Without the changes that were told; null: it stays as it is. */
export function toldUpTo(known: MirroredObject, ids: ReadonlySet<string>): MirroredObject | null {
  const { untold, ...rest } = known
  if (!untold?.some(({ id }) => ids.has(id))) return null
  const left = untold.filter(({ id }) => !ids.has(id))
  return { ...rest, ...(left.length > 0 && { untold: left }) }
}

function told(
  record: MirroredObject,
  change: { before: SeenObject | null; after: SeenObject | null },
  { kind, moment }: Reading,
): MirroredObject {
  const type = tellOf(kind, change)
  const { untold: before, ...rest } = record
  const data = `{"by":"stripe","object":${record.shown}}`
  const untold = [...(before ?? []), ...(type ? [{ id: moment.uuid(), type, at: moment.now, data }] : [])]
  return { ...rest, ...(untold.length > 0 && { untold: untold.slice(-untoldMax) }) }
}

function seenOf({ object_id: id, created, status, shown, stripe_customer_id }: MirroredObject): SeenObject {
  return { id, created, status, customer: stripe_customer_id, shown }
}
