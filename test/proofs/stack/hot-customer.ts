// Owns the hot customer (G9): one that gets half of all writes delays the others little, beside a control run without it.

import { spreadOf } from '@lockstep/cli/demo/measure/numbers'
import { startFaultStack } from '../../faults/support/fault-stack.ts'
import { openJudge } from '../../faults/support/judge.ts'
import { openLoad, type Pair } from '../../faults/support/load.ts'
import { drained, findingFigures, type StackProof } from './proof.ts'

/** Writes a second to the others, and as many to the hot one: two thirds of what Stripe takes for one endpoint. */
const perSecond = 16
const customers = 200
/** Of each run; long enough for some hundred delays. */
const seconds = 25
/** Runs without and with it, in turn: a machine that is slow for a while is slow in both. */
const pairsOfRuns = 3
const askedMs = 2_000

export const hotCustomerProof: StackProof = {
  name: 'hot-customer',
  summary: 'one customer gets half of all writes: the others wait at most 2 s longer (p99) than without it',
  async run(context) {
    const stack = await startFaultStack({
      gateways: 1,
      workers: 2,
      wired: false,
      stripe: { latency: '60-120', limits: 'live' },
      workerEnv: { STRIPE_LIMIT_ENDPOINT: '25', STRIPE_LIMIT_ACCOUNT: '100' },
    })
    const load = openLoad(stack, { name: 'hot', chance: context.chance })
    const { writes } = load.callers.ledger
    try {
      context.tell(`creating ${customers} customers, 25 a second`)
      const [hot, ...others] = await load.pairs(customers)
      if (!hot) throw new Error('bug: no customer')
      const common = {
        perSecond,
        editsPerSecond: 0,
        only: 'updates',
        ends: { afterSeconds: seconds },
      } as const
      /** The 99th percentile of the others' time from being sent until Stripe has it (ms). */
      const delays = async (alsoTo: readonly Pair[]): Promise<number> => {
        const from = writes.length
        const runs = await Promise.all([
          load.run({ ...common, pairs: others, prefer: 'wait=30; until=synced' }),
          ...alsoTo.map((pair) => load.run({ ...common, pairs: [pair] })),
        ])
        await Promise.all(runs.map(({ answered }) => answered))
        await drained(stack.store)
        const mine = writes.slice(from).filter(({ customer }) => customer !== hot.id)
        return spreadOf(
          mine.map(({ sentAt, answeredAt }) => (answeredAt ?? Number.POSITIVE_INFINITY) - sentAt),
        ).p99
      }
      const [without, withIt]: [number[], number[]] = [[], []]
      for (let run = 1; run <= pairsOfRuns; run++) {
        context.tell(`run ${run} of ${pairsOfRuns}, without it and with it`)
        without.push(await delays([]))
        withIt.push(await delays([hot]))
      }
      await stack.doors.set({ limits: 'off' })
      const { findings } = await openJudge(stack).round(load.callers)
      return [
        { name: 'others, p99 without it', unit: 'ms', runs: without },
        { name: 'others, p99 with it', unit: 'ms', runs: withIt },
        {
          name: '… above the run without it',
          unit: 'ms',
          runs: withIt.map((ms, run) => ms - (without[run] ?? 0)),
          asked: { atMost: askedMs },
        },
        ...findingFigures(findings, context.remark),
      ]
    } finally {
      await load.close()
      await stack.close()
    }
  },
}
