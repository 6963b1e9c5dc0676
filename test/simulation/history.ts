// Owns what happened in a schedule, and the judgement over it: which guarantee is broken, in words.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { leafNames, treeOf } from '@lockstep/domain/customer/tree'
import type { LoggedEvent } from '@lockstep/domain/event/event'
import type { Operation } from '@lockstep/domain/operation/operation'
import { canonical, desiredTree, fromStripe } from '@lockstep/domain/sync/canonical'
import { heldLeaves, inStep } from '@lockstep/domain/sync/plan'
import type { StripeCustomer } from '@lockstep/domain/stripe/customer-object'
import { z } from 'zod'

/** What is read of a conflict's event. */
const conflict = z.object({ lost: z.string().nullable() })

/** One value that somebody wrote, in the order of time; values are unique, so each can be found again. */
export interface Write {
  by: 'api' | 'dashboard'
  customerId: string
  leaf: string
  value: string
  /** The API's own; null for an edit at the dashboard. */
  operationId: string | null
  /** Values of this leaf that callers had been acknowledged and that were not applied yet: they are later changes. */
  underWay: string[]
}

export interface Ending {
  writes: Write[]
  operations: Operation[]
  documents: CustomerDocument[]
  /** Everything alive at Stripe. */
  stripe: StripeCustomer[]
  log: LoggedEvent[]
  /** Customers that somebody deleted at Stripe at some time: their link generations start anew. */
  deletedAtStripe: Set<string>
  caught: string[]
}

/** Every broken guarantee, one line each; empty: the schedule held. */
export function judge(end: Ending): string[] {
  const living = end.documents.filter(({ tombstone }) => !tombstone)
  return [
    ...end.caught.map((detail) => `a step failed on our side: ${detail}`),
    ...end.operations
      .filter(({ status }) => status === 'accepted')
      .map(({ _id }) => `G1: operation ${_id} was acknowledged and never settled`),
    ...living.flatMap((doc) => apart(doc, end.stripe)),
    ...strangers(living, end.stripe),
    ...living.flatMap((doc) => silentLosses(doc, end)),
    ...end.documents.flatMap(({ _id, seq }) => gaps(_id, seq, end.log)),
  ]
}

/** G3: both sides agree on every leaf that is not held. */
function apart(doc: CustomerDocument, stripe: StripeCustomer[]): string[] {
  if (doc.parked) return [`G11: ${doc._id} is parked: ${doc.parked.code}`]
  if (!inStep(doc)) return [`G3: ${doc._id} never came in step (${JSON.stringify(doc.intent?.kind ?? null)})`]
  if (doc.stripe_id === undefined) return []
  const seen = stripe.find(({ id }) => id === doc.stripe_id)
  if (!seen) return [`G3: ${doc._id} is linked to ${doc.stripe_id}, which does not live`]
  const held = new Set(heldLeaves(doc).map(({ k }) => k))
  const [ours, theirs] = [desiredTree(doc), fromStripe(seen)]
  return leafNames(ours, theirs)
    .filter((leaf) => !held.has(leaf) && canonical(leaf, ours.get(leaf)) !== (theirs.get(leaf) ?? null))
    .map(
      (leaf) =>
        `G3: ${doc._id} ${leaf}: ${canonical(leaf, ours.get(leaf))} here, ${theirs.get(leaf) ?? null} at Stripe`,
    )
}

/** G2: every living Stripe customer belongs to exactly one customer here. */
function strangers(documents: CustomerDocument[], stripe: StripeCustomer[]): string[] {
  return stripe.flatMap(({ id, metadata }) => {
    const holders = documents.filter(({ stripe_id }) => stripe_id === id)
    if (holders.length === 1) return []
    return [
      `G2: ${id} (${metadata['lockstep_id'] ?? 'unmarked'}) belongs to ${holders.length} customers here`,
    ]
  })
}

/** G4: the last value written to a leaf stands at the end, or its loss is on record. */
function silentLosses(doc: CustomerDocument, end: Ending): string[] {
  if (end.deletedAtStripe.has(doc._id)) return []
  const desired = treeOf(doc.desired)
  const lost = new Set(
    end.log
      .filter(({ customer_id, type }) => customer_id === doc._id && type === 'customer.conflict')
      .map(({ data }) => conflict.parse(JSON.parse(data)).lost ?? ''),
  )
  const refused = new Set(end.operations.filter(({ outcome }) => outcome?.code).map(({ _id }) => _id))
  const last = new Map<string, Write>()
  for (const write of end.writes) {
    if (write.customerId === doc._id && !refused.has(write.operationId ?? '')) last.set(write.leaf, write)
  }
  return [...last.values()]
    .filter(({ leaf, value, underWay }) => {
      const stands = canonical(leaf, desired.get(leaf)) ?? ''
      return stands !== value && !lost.has(value) && !underWay.includes(stands)
    })
    .map(({ by, leaf, value }) => `G4: ${doc._id} ${leaf}: ${value} (${by}) is gone without a record`)
}

/** Each customer's facts stand in the log once, in order, without a gap. */
function gaps(customerId: string, seq: number, log: LoggedEvent[]): string[] {
  const seqs = log.filter(({ customer_id }) => customer_id === customerId).map((event) => event.seq)
  const right = seqs.length === seq && seqs.every((each, index) => each === index + 1)
  return right ? [] : [`log: ${customerId} has ${seqs.join(',')}, should have 1 to ${seq}`]
}
