// Owns what became of every value that was ever set (G4): it stands, or a later change of that same field replaced it, or
// a conflict on record says which side won. Anything else is a silent loss.

import type { History } from './evidence.ts'

export interface Fates {
  /** Callers' values that a later, named change replaced. */
  superseded: number
  /** Callers' values that stand. */
  standing: number
  /** Conflicts recorded. */
  conflicts: number
  /** Changes of a field that we made at Stripe. */
  stripeWrites: number
}

/** Judges the steps that came since they were last judged. */
export function judgeFates(
  touched: ReadonlyMap<string, History>,
  judged: ReadonlyMap<string, { ours: number; atStripe: number }>,
  found: (rule: string, detail: string) => void,
): Fates {
  const fates: Fates = { superseded: 0, standing: 0, conflicts: 0, stripeWrites: 0 }
  for (const [id, history] of touched) {
    const { ours, atStripe, lost } = history
    const since = judged.get(id) ?? { ours: 0, atStripe: 0 }
    const onRecord = (field: string, value: string) =>
      lost.some((each) => each.field === field && each.lost === value)
    for (const [at, step] of ours.entries()) {
      if (at < since.ours || step.before === null) continue
      const replaced = ours.slice(0, at).findLast(({ field }) => field === step.field)
      if (replaced?.by !== 'api') continue
      fates.superseded++
      if (step.by === 'stripe' && !wasThereBefore(history, step) && !onRecord(step.field, step.before))
        found(
          'lost silently',
          `${id} ${step.field}=${step.before}, set by a caller, gave way to ${step.value} (${step.event})`,
        )
    }
    const last = new Map(ours.map((step) => [step.field, step]))
    fates.standing += [...last.values()].filter(({ by, value }) => by === 'api' && value !== null).length
    for (const [at, step] of atStripe.entries()) {
      if (at < since.atStripe || step.by !== 'us') continue
      fates.stripeWrites++
      if (
        step.value !== null &&
        !ours.some(({ field, value }) => field === step.field && value === step.value)
      )
        found('unexpected', `${step.event} sets ${step.field}=${step.value} of ${id}, which nobody wanted`)
      const replaced = atStripe.slice(0, at).findLast(({ field }) => field === step.field)
      if (replaced?.by !== 'dashboard' || replaced.value === null) continue
      const { field, value } = replaced
      const taken = ours.some((each) => each.by === 'stripe' && each.field === field && each.value === value)
      if (!taken && !onRecord(field, value))
        found('lost silently', `${id} ${field}=${value}, edited at Stripe, was overwritten by ${step.event}`)
    }
    fates.conflicts += lost.length
  }
  return fates
}

/** The caller's value had been at Stripe before the one that took its place: a later change, not a lost one. */
function wasThereBefore({ atStripe }: History, step: History['ours'][number]): boolean {
  const mine = atStripe.findIndex(({ field, value }) => field === step.field && value === step.before)
  const theirs = atStripe.findLastIndex(({ field, value }) => field === step.field && value === step.value)
  return mine !== -1 && mine < theirs
}
