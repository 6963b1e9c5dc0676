// Owns the moves of a reconciliation's record. Pure.
// States of a pass: asked for → running (Stripe's list, then our documents) → ended. One at a time; a wish for another waits.
// Promises: each move is one compare-and-set on `rev`, so two workers never move one pass; a page counts when its customers
// were asked for, and what it showed was written down before that, so a crash counts nothing twice and forgets nothing.

import { listStart, type ListWindow } from './list-window.ts'
import {
  type Finding,
  foundMax,
  type HeldCustomer,
  heldMax,
  isRunning,
  type Pass,
  type PassCounts,
  type PassWish,
  type Reconciliation,
} from './pass.ts'

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
