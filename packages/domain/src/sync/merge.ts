// Owns the three-way merge of one accepted observation (PROTOCOL section 6). Pure.
// Promises: after a merge `base` equals `observed` on every leaf, so a second merge of the same does nothing; a value
// that loses is always on record.

import type { SentLeaf } from '../customer/document.ts'
import { type Json, leafNames, type Tree } from '../customer/tree.ts'
import { canonical, fromCanonical, isReserved, stored, unmirrorable } from './canonical.ts'

export type Policy = 'ours' | 'stripe'

/** A value that lost in this merge. */
export interface LostValue {
  k: string
  lost: string | null
  won: string | null
  winner: Policy
  by: 'merge' | 'late_push' | 'refused'
}

/** A push whose outcome is unknown: what it sent may be what Stripe shows. */
export interface UnknownPush {
  sent: readonly SentLeaf[]
  /** A look was accepted since it ended: if it strikes only now, somebody may have typed that very value. */
  looked: boolean
  /** Its echo was heard before this observation began: it has taken effect. */
  echoed: boolean
}

export interface MergeInput {
  /** Callers' values and our reserved marks. */
  desired: Tree
  /** Canonical, as last agreed; empty at the first link. */
  base: Tree
  /** Canonical, as just observed. */
  observed: Tree
  policyFor: (leaf: string) => Policy
  unknownPushes: readonly UnknownPush[]
  /** Leaves that a caller wrote since, though their value is the agreed one again. */
  returned: ReadonlySet<string>
  /** Leaves with a value that Stripe refused, and which value. */
  refused: ReadonlyMap<string, string | null>
}

export interface Merged {
  /** The values that desired takes over from Stripe, by leaf; null clears. */
  taken: Map<string, Json>
  /** The new base: what was observed. */
  base: Map<string, Json>
  lost: LostValue[]
}

/** Merges leaf by leaf; the order of leaves does not matter. */
export function merge(input: MergeInput): Merged {
  const { desired, observed } = input
  const taken = new Map<string, Json>()
  const lost: LostValue[] = []
  // What either of the two shows at Stripe has a place there: a leaf that clashes is never one too many.
  const held = unmirrorable(desired, new Map([...input.base, ...observed]))
  for (const leaf of leafNames(desired, input.base, observed)) {
    const d = canonical(leaf, desired.get(leaf))
    const o = stored(observed, leaf)
    const struck = input.unknownPushes.filter(({ sent }) =>
      sent.some((part) => part.k === leaf && part.v === o),
    )
    const before = stored(input.base, leaf)
    // Our own push of unknown outcome: what it sent is not somebody else's edit. One that is known to have taken effect was
    // agreed, as if its answer had come: who shows the value from before it is somebody who put that back.
    const b = struck.length > 0 ? o : effected(input.unknownPushes, leaf, before)
    if (d === o || isReserved(leaf)) continue
    // One that no look has answered yet explains it well enough; only where all are older may it be somebody's edit.
    if (struck.length > 0 && struck.every(({ looked }) => looked) && o !== before)
      lost.push({ k: leaf, lost: o, won: d, winner: 'ours', by: 'late_push' })
    if (o === b) continue
    const unsendable = held.has(leaf) || (input.refused.has(leaf) && input.refused.get(leaf) === d)
    if (d === b && !input.returned.has(leaf)) {
      taken.set(leaf, fromCanonical(leaf, o, desired.get(leaf)))
    } else if (unsendable) {
      lost.push({ k: leaf, lost: o, won: d, winner: 'ours', by: 'refused' })
    } else if (input.policyFor(leaf) === 'ours') {
      lost.push({ k: leaf, lost: o, won: d, winner: 'ours', by: 'merge' })
    } else {
      taken.set(leaf, fromCanonical(leaf, o, desired.get(leaf)))
      lost.push({ k: leaf, lost: d, won: o, winner: 'stripe', by: 'merge' })
    }
  }
  return { taken, base: new Map(observed), lost }
}

/** What stood last in a leaf that both sides knew: what an echoed push made of it, unless a look has told since. */
function effected(pushes: readonly UnknownPush[], leaf: string, base: string | null): string | null {
  const sent = pushes.flatMap((push) => (push.echoed && !push.looked ? push.sent : []))
  const last = sent.findLast(({ k }) => k === leaf)
  return last ? last.v : base
}
