// Owns what a customer's mirrors are asked to re-read, and whose reading counts. Pure.
// States of an ask: asked → read by the turn that took it in → gone. An ask that came meanwhile stays.
// Promises: asks of one object, or of one list, are one; a reader that began earlier never overwrites what one that began later
// has stored; no ask is lost to a reading that began before it.

import { isReadAlone, type MirrorKind } from './kinds.ts'

/** A wish to re-read one object (`id`), or all that this customer has of the kind (null). */
export interface MirrorAsk {
  kind: MirrorKind
  id: string | null
  /** Counts the asks of this customer; a reading answers those that it has seen. */
  n: number
  /** Nothing is known to have changed: what is read for it comes after everything else. */
  calm?: true
}

/** One object, or all of a kind (null). */
export type MirrorWish = Omit<MirrorAsk, 'n'>

/** What is asked of one Stripe customer's mirrors: one small document, compare-and-set on `rev`. */
export interface MirrorAsks {
  /** `<tenant>/<cus_…>`. */
  _id: string
  tenant_id: string
  stripe_customer_id: string
  rev: number
  /** Counts the readings: the fence of what they store. */
  turn: number
  n: number
  asks: MirrorAsk[]
  /** When a worker must look again (ms). Absent: nothing is asked. */
  due_at?: number
  /** Failures in a row: sets the pause before the next reading. */
  waits: number
}

/** More single objects of one kind than this are cheaper to read as a list (a page of which is a hundred). */
const singlesMax = 20

/** What nobody has asked for yet. */
export function newAsks(tenantId: string, stripeId: string): MirrorAsks {
  return {
    _id: asksId(tenantId, stripeId),
    tenant_id: tenantId,
    stripe_customer_id: stripeId,
    rev: 0,
    turn: 0,
    n: 0,
    asks: [],
    waits: 0,
  }
}

/** The id of a Stripe customer's asks. */
export function asksId(tenantId: string, stripeId: string): string {
  return `${tenantId}/${stripeId}`
}

/** With these asked for as well. */
export function asked(record: MirrorAsks, wanted: readonly MirrorWish[], now: number): MirrorAsks {
  const n = record.n + 1
  let asks = record.asks
  for (const { kind, id: wish, calm } of wanted) {
    const id = isReadAlone(kind) ? wish : null
    const same = asks.find((ask) => ask.kind === kind && ask.id === id)
    // Where somebody waits for it already, it stays as it was asked for.
    const pace = calm && (!same || same.calm) ? { calm } : {}
    const others = asks.filter((ask) => ask.kind !== kind || ask.id !== id)
    const singles = others.filter((ask) => ask.kind === kind && ask.id !== null)
    asks =
      id !== null && singles.length >= singlesMax
        ? [...others.filter((ask) => ask.kind !== kind), { kind, id: null, n, ...pace }]
        : [...others, { kind, id, n, ...pace }]
  }
  return { ...record, n, asks, due_at: record.due_at ?? now }
}

/** A reading begins; whatever it stores carries this turn. */
export function turnTaken(record: MirrorAsks): MirrorAsks {
  return { ...record, turn: record.turn + 1 }
}

/**
 * Without what the reading of this turn has answered. Where another one began meanwhile, either may have stored what it saw
 * over what the other saw later: all of it is asked for again.
 */
export function answered(
  record: MirrorAsks,
  { turn, done }: { turn: number; done: readonly MirrorAsk[] },
  now: number,
): MirrorAsks {
  if (record.turn !== turn) return done.length > 0 ? asked(record, done, now) : record
  const { due_at: _, ...rest } = record
  const asks = record.asks.filter(
    (ask) => !done.some(({ kind, id, n }) => kind === ask.kind && id === ask.id && n === ask.n),
  )
  return { ...rest, asks, waits: 0, ...(asks.length > 0 && { due_at: now }) }
}

/** First pause after Stripe was busy or away; doubled by each one in a row (ms). */
const firstPauseMs = 500
/** Longest pause (ms): nobody waits for a mirror as for a write. */
const longestPauseMs = 60_000

/** Nothing could be read now: later. */
export function putOff(record: MirrorAsks, now: number): MirrorAsks {
  const waits = record.waits + 1
  return { ...record, waits, due_at: now + Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(waits, 10)) }
}
