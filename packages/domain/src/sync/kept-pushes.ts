// Owns the bound on the ended pushes that wait for their echo inside a customer's document (PROTOCOL section 1). Pure.
// Promises: none is forgotten, since what leaves goes to a collection of its own; a merge keeps those that it needs as long as
// others can go.

import { type CustomerDocument, type Push, pushesMax } from '../customer/document.ts'
import { pushKeptMs } from './observe.ts'

export interface Room {
  /** The document with a place for one more push. */
  doc: CustomerDocument
  /** To be kept elsewhere before that document is written. */
  leaving: Push[]
}

/** Makes room for one more: the oldest go, those of known outcome first, since a merge must know what the others sent. */
export function roomForPush(doc: CustomerDocument): Room {
  const spare = doc.pushes.length - pushesMax + 1
  if (spare <= 0) return { doc, leaving: [] }
  const leaving = doc.pushes.toSorted((a, b) => Number(b.ok) - Number(a.ok)).slice(0, spare)
  const until = Math.max(...leaving.map(({ ended_at }) => ended_at + pushKeptMs))
  const pushes = doc.pushes.filter((push) => !leaving.includes(push))
  return { doc: { ...doc, pushes, kept_pushes_until: Math.max(doc.kept_pushes_until ?? 0, until) }, leaving }
}
