// Owns the long rounds: `kills` strikes one process after the other, `outages` every other trouble, at full load.

import type { Figure } from '../../bench/benchmark.ts'
import { type FaultStack, startFaultStack } from '../../faults/support/fault-stack.ts'
import { type Finding, type Judge, type Judgement, openJudge } from '../../faults/support/judge.ts'
import { openLoad, type Pair } from '../../faults/support/load.ts'
import { playRound } from '../../faults/support/round.ts'
import {
  amnesia,
  kills,
  outages,
  rollingRestart,
  together,
  type Trouble,
  wireTroubles,
} from '../../faults/support/troubles.ts'
import { findingFigures, type ProofContext, type StackProof } from './proof.ts'

/** Operations and edits a second. */
const rates = { perSecond: 300, editsPerSecond: 30 }
/** Customers that all of it meets on: both sides often change one at once. */
const customers = 150
/** What was judged stays in memory: a fresh stack after so many rounds. */
const roundsPerStack = 20
const killRounds = 200
/** How long a dead process stays dead, at most (seconds of load). */
const deadS = 1
/** Longer than most time-outs and every back-off's first steps (seconds of load). */
const outageS = 10
/** Longer than the Stripe client's own patience of 20 s (seconds of load). */
const silenceS = 25

export const killsProof: StackProof = {
  name: 'kills',
  summary: `${killRounds} rounds of kill -9 under ${rates.perSecond} operations a second: 0 lost, 0 unexpected`,
  run: (context) => {
    const rounds = context.rounds ?? killRounds
    const plan = Array.from({ length: rounds }, () => ({
      trouble: one(kills, context),
      lastingS: context.chance.next() * deadS,
    })).map((round) =>
      // Every other death meets a bad wire as well.
      context.chance.in(0.5)
        ? { ...round, trouble: together(round.trouble, one(wireTroubles, context)) }
        : round,
    )
    return play(context, plan)
  },
}

export const outagesProof: StackProof = {
  name: 'outages',
  summary: 'Redis, MongoDB, Stripe and callers cut off, silent, slow; Redis forgetful; a rolling restart',
  run: (context) => {
    const plan = [...amnesia, ...outages, rollingRestart].map((trouble) => ({
      trouble,
      lastingS: trouble.name === 'Stripe is a black hole' ? silenceS : outageS,
    }))
    // What strikes together with a bad wire is short: whatever it leaves behind, it leaves at once.
    const combined = [...amnesia, rollingRestart].flatMap((trouble) =>
      wireTroubles.map((wire) => ({ trouble: together(trouble, wire), lastingS: deadS })),
    )
    const all = [...plan, ...combined]
    return play(context, all.slice(0, context.rounds ?? all.length))
  },
}

function one(troubles: readonly Trouble[], { chance }: ProofContext): Trouble {
  const trouble = troubles[chance.below(troubles.length)]
  if (!trouble) throw new Error('bug: no trouble')
  return trouble
}

interface Round {
  trouble: Trouble
  lastingS: number
}

async function play(context: ProofContext, plan: readonly Round[]): Promise<Figure[]> {
  const findings: Finding[] = []
  const totals = { writes: 0, applied: 0, superseded: 0, rejected: 0, conflicts: 0, edits: 0, repeated: 0 }
  const names = new Map<string, number>()
  const bar = context.progress('rounds', plan.length)
  let place: Awaited<ReturnType<typeof freshPlace>> | null = null
  try {
    for (const [index, { trouble, lastingS }] of plan.entries()) {
      if (index % roundsPerStack === 0) {
        await place?.stack.close()
        place = await freshPlace(context)
      }
      if (!place) throw new Error('bug: a round without a stack')
      const judgement = await playRound({
        ...place,
        ...rates,
        chance: context.chance,
        name: `round${index}`,
        troubles: [trouble],
        lastingS,
      })
      for (const finding of judgement.findings)
        findings.push({ ...finding, detail: `${trouble.name}: ${finding.detail}` })
      add(totals, judgement.counts)
      names.set(trouble.name, (names.get(trouble.name) ?? 0) + 1)
      bar.at(index + 1)
    }
  } finally {
    bar.end()
    await place?.stack.close()
  }
  for (const [name, count] of names) context.remark(`${count} × ${name}`)
  const told = (name: string, value: number): Figure => ({ name, unit: '', runs: [value] })
  return [
    told('rounds', plan.length),
    told('operations acknowledged', totals.writes),
    told('… applied', totals.applied),
    told('… values replaced by a named later change', totals.superseded),
    told('… rejected, with their reason', totals.rejected),
    told('edits at the dashboard', totals.edits),
    told('attempts repeated under their key', totals.repeated),
    ...findingFigures(findings, context.remark),
  ]
}

async function freshPlace({
  chance,
}: ProofContext): Promise<{ stack: FaultStack; judge: Judge; pairs: Pair[] }> {
  // People at the dashboard overwrite thousands of values here within the hour, which is what the brake is there to stop.
  const stack = await startFaultStack({ workerEnv: { BRAKE_LEAST: '1000000' } })
  const judge = openJudge(stack)
  const load = openLoad(stack, { name: 'pairs', chance })
  const pairs = await load.pairs(customers)
  await judge.round(load.callers)
  await load.close()
  return { stack, judge, pairs }
}

function add(totals: Record<string, number>, counts: Judgement['counts']): void {
  for (const [name, count] of Object.entries(counts))
    if (name in totals) totals[name] = (totals[name] ?? 0) + count
}
