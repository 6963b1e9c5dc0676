// Owns the record of a tenant's reconciliation: the pass that runs or ran last, how far it is, and who may go on with it. Pure.
// States of a pass: asked for → running (Stripe's list, then our documents) → ended. One at a time; a wish for another waits.
// Promises: each move is one compare-and-set on `rev`, so two workers never move one pass; a page counts when its customers
// were asked for, and what it showed was written down before that, so a crash counts nothing twice and forgets nothing.

import { type ListPlace, listStart, type ListWindow } from './list-window.ts'

/**
 * schedule: its time has come. repair: a person asked. connect: the first sync of an account. event_log_gap: Stripe's event
 * log no longer reaches back to where it was last read.
 */
export type PassReason = 'schedule' | 'repair' | 'connect' | 'event_log_gap'

/**
 * missing, extra, drifted, deleted, duplicated: as in difference.ts. absent: linked here and not in Stripe's list; the look
 * that was asked for has not told yet why. held: a person must say whose it is.
 */
export const findingKinds = [
  'missing',
  'extra',
  'drifted',
  'deleted',
  'duplicated',
  'absent',
  'held',
] as const
export type FindingKind = (typeof findingKinds)[number]

/** One customer that differed. No values: they are personal. */
export interface Finding {
  kind: FindingKind
  /** Ours; null where there is none. */
  customer: string | null
  /** Stripe's; null where there is none. */
  stripe: string | null
  /** Of a drifted one: the fields, by their names in the API. Of a held one: why. */
  fields: string[]
}

export type PassCounts = Record<FindingKind, number> & {
  /** Pages of Stripe's list: one call each. */
  pages: number
  /** Living customers at Stripe. */
  at_stripe: number
  /** Our documents, tombstones aside. */
  here: number
  /** Of them those for which work was under way already, or that wait for a person. */
  under_way: number
}

export interface Pass {
  id: string
  reason: PassReason
  asked_at: number
  began_at: number | null
  ended_at: number | null
  /** What is read now: Stripe's list, then our own documents. */
  reading: 'stripe' | 'here'
  place: ListPlace
  /** The last of our documents that was read. */
  here_after: string | null
  /** Living customers that are expected at Stripe; null: nobody counted yet. */
  expected: number | null
  counts: PassCounts
  /** What differed on the page under way. */
  open: Finding[]
  /** The first ones that differed, for a person to read. */
  found: Finding[]
}

/** A pass that waits for the one that runs. */
export interface PassWish {
  reason: PassReason
  asked_at: number
  expected: number | null
}

/** A Stripe customer that the first sync left alone, until somebody says whose it is. */
export interface HeldCustomer {
  stripe: string
  why: HeldReason
  /** Those of ours that it may be. */
  customers: string[]
  at: number
}

/**
 * email_of_several_here: several customers here have its e-mail. email_of_several_there: several Stripe customers have that of
 * one here. claims_unknown: its `lockstep_id` is nobody's here.
 */
export const heldReasons = ['email_of_several_here', 'email_of_several_there', 'claims_unknown'] as const
export type HeldReason = (typeof heldReasons)[number]

/** One for each tenant. */
export interface Reconciliation {
  _id: string
  rev: number
  /** The process that goes on with the pass; anybody may where `leased_until` has passed. */
  holder: string | null
  leased_until: number
  pass: Pass
  wish: PassWish | null
  held: HeldCustomer[]
}

/** Findings kept for reading: more is a matter of counts. */
export const foundMax = 100
/** Held customers remembered: whoever has more holds up the first sync as a whole. */
export const heldMax = 1_000

/** Nothing was found yet. */
export const noCounts: PassCounts = {
  pages: 0,
  at_stripe: 0,
  here: 0,
  under_way: 0,
  missing: 0,
  extra: 0,
  drifted: 0,
  deleted: 0,
  duplicated: 0,
  absent: 0,
  held: 0,
}

function newPass(id: string, { reason, asked_at, expected }: PassWish): Pass {
  return {
    id,
    reason,
    asked_at,
    began_at: null,
    ended_at: null,
    reading: 'stripe',
    place: listStart,
    here_after: null,
    expected,
    counts: noCounts,
    open: [],
    found: [],
  }
}

/** The first record of a tenant: a pass that nobody has begun. */
export function firstReconciliation(tenantId: string, id: string, wish: PassWish): Reconciliation {
  return {
    _id: tenantId,
    rev: 0,
    holder: null,
    leased_until: 0,
    pass: newPass(id, wish),
    wish: null,
    held: [],
  }
}

/** The record with one more pass asked for; the same record where that would be no other. */
export function asked(record: Reconciliation, id: string, wish: PassWish): Reconciliation {
  if (isRunning(record)) {
    // Not begun yet: it will see all that this one would. Only the first sync has rules of its own.
    const same = record.pass.began_at === null && record.pass.reason === wish.reason
    if (same || (record.wish && wish.reason !== 'connect')) return record
    return { ...record, wish }
  }
  const expected = wish.expected ?? record.pass.counts.at_stripe
  return { ...record, holder: null, leased_until: 0, pass: newPass(id, { ...wish, expected }) }
}

/** Asked for, and not ended. */
export function isRunning({ pass }: Reconciliation): boolean {
  return pass.ended_at === null
}

/** May this process go on with it? */
export function mayHold(record: Reconciliation, holder: string, now: number): boolean {
  return isRunning(record) && (record.holder === holder || record.leased_until <= now)
}

/** Taken, or kept, by this process until then. */
export function leased(
  record: Reconciliation,
  { holder, until, now }: { holder: string; until: number; now: number },
): Reconciliation {
  const pass = { ...record.pass, began_at: record.pass.began_at ?? now }
  return { ...record, holder, leased_until: until, pass }
}

/** What the page under way showed is on record, before anybody is asked for. */
export function noted(record: Reconciliation, open: Finding[]): Reconciliation {
  return { ...record, pass: { ...record.pass, open } }
}

/** A page of Stripe's list is done; `findings` are those of `open` as they turned out. */
export function pageDone(
  record: Reconciliation,
  page: { window: ListWindow; hasMore: boolean; listed: number; underWay: number; findings: Finding[] },
): Reconciliation {
  const { pass } = record
  const counts = counted(pass.counts, page.findings, {
    pages: 1,
    at_stripe: page.listed,
    under_way: page.underWay,
  })
  const reading = page.hasMore ? 'stripe' : 'here'
  const place = page.hasMore ? page.window.next : { ...page.window.next, carried: [] }
  return { ...record, pass: { ...withFound(pass, page.findings), counts, reading, place, open: [] } }
}

/** Some of our documents are done; the last of them ends the pass. */
export function scanDone(
  record: Reconciliation,
  scan: {
    after: string | null
    here: number
    underWay: number
    findings: Finding[]
    ended: boolean
    now: number
  },
): Reconciliation {
  const { pass } = record
  const next: Pass = {
    ...withFound(pass, scan.findings),
    counts: counted(pass.counts, scan.findings, { here: scan.here, under_way: scan.underWay }),
    here_after: scan.after ?? pass.here_after,
    open: [],
    ended_at: scan.ended ? scan.now : null,
  }
  return scan.ended ? { ...record, holder: null, leased_until: 0, pass: next } : { ...record, pass: next }
}

/** The wish that waited becomes the next pass. */
export function next(record: Reconciliation, id: string): Reconciliation {
  const { wish } = record
  return wish && !isRunning(record) ? asked({ ...record, wish: null }, id, wish) : record
}

/** Stripe does not know the customer any more after which the list went on: from the top. */
export function startedOver(record: Reconciliation): Reconciliation {
  const { id, reason, asked_at, expected, began_at } = record.pass
  return { ...record, pass: { ...newPass(id, { reason, asked_at, expected }), began_at } }
}

/** The list of those left alone, with some more, and without those that found their customer. */
export function withHeld(
  record: Reconciliation,
  change: { more: readonly HeldCustomer[]; settled: ReadonlySet<string> },
): Reconciliation {
  const gone = new Set([...change.settled, ...change.more.map(({ stripe }) => stripe)])
  const kept = record.held.filter(({ stripe }) => !gone.has(stripe))
  return { ...record, held: [...kept, ...change.more].slice(-heldMax) }
}

/** A finding's identity within a pass: asked for once, counted once. */
export function findingKey({ customer, stripe }: Finding): string {
  return `${customer ?? ''}/${stripe ?? ''}`
}

function withFound(pass: Pass, findings: readonly Finding[]): Pass {
  return { ...pass, found: [...pass.found, ...findings].slice(0, foundMax) }
}

function counted(
  before: PassCounts,
  findings: readonly Finding[],
  more: Partial<Record<keyof PassCounts, number>>,
): PassCounts {
  const counts = { ...before }
  for (const { kind } of findings) counts[kind]++
  counts.pages += more.pages ?? 0
  counts.at_stripe += more.at_stripe ?? 0
  counts.here += more.here ?? 0
  counts.under_way += more.under_way ?? 0
  return counts
}
