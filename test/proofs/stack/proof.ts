// Owns what a proof on the real stack is: a run that measures, with what was asked of each figure beside it.

import type { Store } from '@lockstep/domain/store/store'
import type { Figure } from '../../bench/benchmark.ts'
import type { Finding } from '../../faults/support/judge.ts'
import type { Chance } from '../../support/chance.ts'
import { until } from '../../support/until.ts'

export interface StackProof {
  name: string
  /** One line: what is proven, with its numbers. */
  summary: string
  run(context: ProofContext): Promise<Figure[]>
}

/** What a proof may do while it runs. */
export interface ProofContext {
  /** Everything that is left to chance hangs on it. */
  chance: Chance
  /** Rounds asked for instead of the proof's own number; null: none were. */
  rounds: number | null
  /** A calm line on what is being done now. */
  tell: (step: string) => void
  /** Something that belongs to the report. */
  remark: (text: string) => void
  /** How far it is, of `total`. */
  progress: (text: string, total: number) => { at(count: number): void; end(): void }
}

/** A backlog is looked at so often (ms): more would be a load of its own. */
const lookMs = 100
/** What is not done by then is not being done (ms). */
const patienceMs = 900_000

/** Resolves when nothing is under way, with the time that it took (ms). */
export async function drained(store: Store): Promise<number> {
  const began = performance.now()
  await until(
    'nothing is under way',
    async () => {
      const { waitingOperations, unsyncedCustomers, waitingStripeEvents } = await store.backlog()
      return waitingOperations + unsyncedCustomers + waitingStripeEvents === 0
    },
    { patienceMs, betweenMs: lookMs },
  )
  return performance.now() - began
}

/** Rules of the judgement by what a reader counts: gone, done without being asked or twice, anything else. */
const kinds = {
  lost: ['lost', 'lost silently', 'lost at Stripe', 'unanswered', 'not at rest'],
  unexpected: ['twice', 'unexpected'],
}

/** Findings as figures, all of which are to be 0; each finding itself is remarked. */
export function findingFigures(findings: readonly Finding[], remark: ProofContext['remark']): Figure[] {
  for (const { rule, detail } of findings.slice(0, shownMax)) remark(`${rule}: ${detail}`)
  if (findings.length > shownMax) remark(`… and ${findings.length - shownMax} findings more`)
  const count = (rules: readonly string[]) => findings.filter(({ rule }) => rules.includes(rule)).length
  const [lost, unexpected] = [count(kinds.lost), count(kinds.unexpected)]
  const figure = (name: string, value: number): Figure => ({
    name,
    unit: '',
    runs: [value],
    asked: { atMost: 0 },
  })
  return [
    figure('lost', lost),
    figure('unexpected, or twice', unexpected),
    figure('wrong otherwise', findings.length - lost - unexpected),
  ]
}

/** Enough to see what kind of trouble it is. */
const shownMax = 12
