// Owns the line of operations that wait for Stripe inside a customer's document: who joins, and how each one ends. Pure.
// Promises: an operation that waits is never marked in its record; it ends once, in the write that takes it out of the line.

import type { Operation } from '../operation/operation.ts'
import type { AppliedOperation, CustomerDocument } from './document.ts'

/** How an operation that waited ends. */
export type Ending = Pick<AppliedOperation, 'code' | 'result' | 'stripe' | 'parked'>

/** The document with a command at the end of the line. */
export function enqueued(doc: CustomerDocument, { _id }: Operation): CustomerDocument {
  return { ...doc, commands: [...(doc.commands ?? []), _id] }
}

/** The document with one command, or the purge, ended. */
export function ended(doc: CustomerDocument, id: string, ending: Ending): CustomerDocument {
  const { commands, ...rest } = doc
  const left = commands?.filter((waiting) => waiting !== id) ?? []
  return {
    ...rest,
    ...(left.length > 0 && { commands: left }),
    applied: doc.applied.map((entry) => (entry.id === id ? endedEntry(entry, ending) : entry)),
  }
}

/** Every command in the line ended alike: the way to Stripe is closed. */
export function allEnded(doc: CustomerDocument, ending: Ending): CustomerDocument {
  return (doc.commands ?? []).reduce((next, id) => ended(next, id, ending), doc)
}

/** True where commands wait for a Stripe customer that is neither there nor wanted (counterexample 34). */
export function isStranded(doc: CustomerDocument, wantsLink: boolean): boolean {
  return doc.commands !== undefined && doc.stripe_id === undefined && !doc.intent && !wantsLink
}

function endedEntry(entry: AppliedOperation, ending: Ending): AppliedOperation {
  const { waiting: _, ...rest } = entry
  return { ...rest, ...ending }
}
