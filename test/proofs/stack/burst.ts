// Owns the burst: 30,000 writes on 1,000 customers in a minute, under Stripe's limits of a live account. Many writes
// become few calls, and soon after the last one both sides are exact (G3, G8).

import { spreadOf } from '@lockstep/cli/demo/measure/numbers'
import { startFaultStack } from '../../faults/support/fault-stack.ts'
import { openJudge } from '../../faults/support/judge.ts'
import { isAcknowledged } from '../../faults/support/ledger.ts'
import { openLoad } from '../../faults/support/load.ts'
import { drained, findingFigures, type StackProof } from './proof.ts'

const customers = 1_000
const perSecond = 500
const seconds = 60
/** 25 a second for the minute of the burst, and one more for every customer. */
const asked = { updates: 2_500, drainMs: 45_000 }
const updatesEndpoint = 'POST /v1/customers/{id}'

export const burstProof: StackProof = {
  name: 'burst',
  summary: `${perSecond * seconds} writes on ${customers} customers in ${seconds} s: few calls, soon drained, exact`,
  async run(context) {
    const stack = await startFaultStack({
      gateways: 2,
      workers: 2,
      wired: false,
      stripe: { latency: '60-120', limits: 'live' },
      workerEnv: { STRIPE_LIMIT_ENDPOINT: '25', STRIPE_LIMIT_ACCOUNT: '100' },
    })
    const load = openLoad(stack, { name: 'burst', chance: context.chance })
    try {
      context.tell(`creating ${customers} customers, 25 a second`)
      const pairs = await load.pairs(customers)
      await drained(stack.store)
      await stack.doors.resetStats()
      const before = load.callers.ledger.writes.length
      const bar = context.progress('seconds of the burst', seconds)
      const began = performance.now()
      const { answered } = await load.run({
        perSecond,
        editsPerSecond: 0,
        only: 'updates',
        pairs,
        ends: { afterSeconds: seconds },
        lasted: (now) => bar.at(Math.floor(now)),
      })
      bar.end()
      const lasted = performance.now() - began
      context.tell('waiting until it is drained')
      const [drainMs] = await Promise.all([drained(stack.store), answered])
      const { total, endpoints, accounts } = await stack.doors.stats()
      const updates = endpoints[updatesEndpoint]
      const writes = load.callers.ledger.writes.slice(before)
      const answers = writes.map(
        ({ sentAt, answeredAt }) => (answeredAt ?? Number.POSITIVE_INFINITY) - sentAt,
      )
      const { p50, p99 } = spreadOf(answers)
      context.remark(
        `offered in ${(lasted / 1_000).toFixed(1)} s; acknowledged p50 ${p50.toFixed()} ms, p99 ${p99.toFixed()} ms`,
      )
      const highest = Math.max(...Object.values(accounts).map(({ max_per_second }) => max_per_second))
      context.tell('judging')
      await stack.doors.set({ limits: 'off' })
      const { findings } = await openJudge(stack).round(load.callers)
      return [
        {
          name: 'writes acknowledged',
          unit: '',
          runs: [writes.filter(isAcknowledged).length],
          asked: { atLeast: perSecond * seconds },
        },
        {
          name: 'updates at Stripe',
          unit: '',
          runs: [updates?.calls ?? 0],
          asked: { atMost: asked.updates },
        },
        { name: 'drained after the burst', unit: 'ms', runs: [drainMs], asked: { atMost: asked.drainMs } },
        {
          name: 'updates at Stripe in any second',
          unit: '',
          runs: [updates?.max_per_second ?? 0],
          asked: { atMost: 25 },
        },
        { name: 'calls to Stripe in any second', unit: '', runs: [highest], asked: { atMost: 100 } },
        { name: 'answers 429', unit: '', runs: [total.rate_limited], asked: { atMost: 0 } },
        ...findingFigures(findings, context.remark),
      ]
    } finally {
      await load.close()
      await stack.close()
    }
  },
}
