// Owns a second statement of the merge: written from the protocol's text (PROTOCOL section 6), one leaf at a time, in values
// alone. Promises: it shares no code with the planner, so where the two differ, one of them is wrong.

/** A leaf's canonical value; null is "nothing there". */
export type Value = string | null

/** One leaf as an observation finds it. */
export interface Situation {
  desired: Value
  base: Value
  observed: Value
  policy: 'ours' | 'stripe'
  /** A mark of ours (`lockstep_*`): nobody else's word counts there. */
  reserved: boolean
  /** Could this value of ours stand at Stripe at all? */
  sendable: (desired: Value) => boolean
  /** The value that Stripe refused, where it refused one. */
  refused?: Value
  /** What pushes of unknown outcome sent of this leaf, and whether a look was accepted since they ended. */
  unknown: readonly { sent: Value; looked: boolean }[]
}

export interface Record {
  lost: Value
  won: Value
  winner: 'ours' | 'stripe'
  by: 'merge' | 'late_push' | 'refused'
}

/** What stands afterwards, and what follows. */
export interface Outcome {
  desired: Value
  base: Value
  observed: Value
  recorded: Record | null
  /** Is our value to be sent? */
  pushed: boolean
  /** A value from Stripe was put into desired. */
  taken: boolean
}

/** What the text says of an accepted observation. */
export function merged(s: Situation): Outcome {
  const { desired: d, observed: o } = s
  const matching = s.unknown.filter(({ sent }) => sent === o)
  // "Before merging, an observed leaf equal to what an unknown push sent becomes base."
  const b = matching.length > 0 ? o : s.base
  // "A new o on that leaf is recorded and kept in observed; the refused value is not pushed." What Stripe shows, it took.
  const held = !s.sendable(d) || (s.refused === d && s.refused !== o)
  const stays = (recorded: Record | null): Outcome => ({
    desired: d,
    // "After a merge base = observed."
    base: o,
    observed: o,
    recorded,
    pushed: d !== o && !held,
    taken: false,
  })
  const takes = (recorded: Record | null): Outcome => ({
    ...stays(recorded),
    desired: o,
    pushed: false,
    taken: true,
  })
  const oursWon = (by: Record['by']): Record => ({ lost: o, won: d, winner: 'ours', by })

  // "`lockstep_*` keys: d ≠ o → push, no conflict."
  if (s.reserved || d === o) return stays(null)
  // "If it strikes later than the first look after the push ended, it is also recorded: lost o, won d."
  const late = matching.length > 0 && matching.every(({ looked }) => looked) && o !== s.base
  if (o === b) return stays(late ? oursWon('late_push') : null)
  if (d === b) return takes(null)
  if (held) return stays(oursWon('refused'))
  if (s.policy === 'ours') return stays(oursWon('merge'))
  return takes({ lost: d, won: o, winner: 'stripe', by: 'merge' })
}

/** What the text says of a 200 to our own call: "`base[leaf] = sent[leaf]`, accept the answer". */
export function settled(s: Situation, sent: Value): Outcome {
  // A mark that Stripe's own answer shows in another form would be sent for ever: it is held like a refused value, and a
  // leaf has one refused value, the last.
  const changed = s.reserved && sent !== s.observed
  return merged({ ...s, base: sent, ...(changed && { refused: sent }) })
}
