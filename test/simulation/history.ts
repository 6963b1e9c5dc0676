// Owns what happened in a schedule, as an all-seeing observer writes it down: who wrote what and when, what was acknowledged,
// when it came to be, and what was put on record as lost.

import type { OperationBody } from '@lockstep/domain/operation/operation'

/** A leaf and what was written to it; empty: cleared. */
export interface LeafValue {
  leaf: string
  value: string
}

/** A write by a caller of the API, which repeats itself until it is acknowledged. */
export interface Sent {
  tenantId: string
  idempotencyKey: string
  body: OperationBody
  ifMatch: number | null
  written: readonly LeafValue[]
  /** Known from the insert on, where it creates. */
  customerId: string | null
  /** The step in which it was first sent, and in which it was acknowledged. */
  sentAt: number
  ackedAt: number | null
  /** Every operation that a repeat was answered with: one, if all is well. */
  operationIds: Set<string>
}

/** An edit by somebody at Stripe. */
export interface Edit extends LeafValue {
  tenantId: string
  stripeId: string
  at: number
  /** Nothing was agreed yet: at the first look the filled side wins, never a clear (PROTOCOL section 6). */
  first: boolean
  /** It is no change to us: it puts back what stood there before an edit that we have not seen, or types what we are sending. */
  back: boolean
  /** A look that we accepted showed it. */
  seen: boolean
}

export interface Applied {
  operationId: string
  customerId: string
  at: number
  /** Its place among all that were applied: one write may apply several. */
  order: number
  code: string | null
  /** As for an edit. */
  first: boolean
  /** The leaves whose value it changed; writing what stands there already changes nothing. */
  changed: ReadonlySet<string>
}

/** A value that was put on record as lost. */
export interface Lost extends LeafValue {
  customerId: string
  at: number
}

export interface History {
  /** The present step; the schedule counts it up. */
  step: number
  /** True time (ms), once there is a world. */
  now: () => number
  sent: Sent[]
  edits: Edit[]
  applied: Applied[]
  /** Operations in the order in which they came to their outcome. */
  settled: string[]
  lost: Lost[]
  /** Stripe customers that somebody deleted there, and when. */
  deletedAtStripe: Map<string, number>
  /** Stripe customers whose proof somebody stripped, and what it said. */
  stripped: Map<string, string>
  /** Faults at Stripe after which it may hold what nobody meant, and one more write puts that right. */
  serverErrors: number
  /** Calls of ours that Stripe refused: only these may lead to a parked customer. */
  refusals: number
  /** Reads that showed an older state than there was. */
  staleReads: number
  /** How often, of each Stripe customer. */
  staleOf: Map<string, number>
  /** Guarantees that a single step broke. */
  broken: string[]
  trace: string[]
  tell(line: string): void
}

export function newHistory(): History {
  const trace: string[] = []
  const history: History = {
    step: 0,
    now: () => 0,
    sent: [],
    edits: [],
    applied: [],
    settled: [],
    lost: [],
    deletedAtStripe: new Map(),
    stripped: new Map(),
    serverErrors: 0,
    refusals: 0,
    staleReads: 0,
    staleOf: new Map(),
    broken: [],
    trace,
    tell: (line) => void trace.push(`${history.step} ${history.now()} ${line}`),
  }
  return history
}
