// Owns the record of a tenant's reconciliation: the pass that runs or ran last, how far it is, and who may go on with it.
// Promises: no value of a customer stands in it, only ids and names of fields; its lists are bounded. The moves are in pass-moves.ts.

import type { ListPlace } from './list-window.ts'

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

/** Asked for, and not ended. */
export function isRunning({ pass }: Reconciliation): boolean {
  return pass.ended_at === null
}

/** A finding's identity within a pass: asked for once, counted once. */
export function findingKey({ customer, stripe }: Finding): string {
  return `${customer ?? ''}/${stripe ?? ''}`
}
