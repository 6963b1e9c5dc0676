// Owns the limits at Stripe (G8): four workers on one account, Redis flushed in between, and the sandbox counts. Never one
// call too many in any sliding second, and nearly all that is allowed is used while there is a backlog.

import { startFaultStack } from '../../faults/support/fault-stack.ts'
import { openJudge } from '../../faults/support/judge.ts'
import { openLoad } from '../../faults/support/load.ts'
import { until } from '../../support/until.ts'
import { drained, findingFigures, type StackProof } from './proof.ts'

/** Calls in any sliding second: a sandbox account's limit, and that of each endpoint. */
const limit = 25
/** Creates that wait: 40 seconds' worth. */
const customers = 1_000
/** Redis is flushed when this share is made. */
const flushes = [0.33, 0.66]
/** A second's pause in the calls is a flush's, not the backlog's (ms). */
const standstillMs = 1_000
const asked = { usedPercent: 90, refusedPercent: 0.1 }

export const limitsProof: StackProof = {
  name: 'limits',
  summary: `4 workers, Redis flushed twice: never above ${limit} calls in a second at Stripe, 90 % of them used`,
  async run(context) {
    const stack = await startFaultStack({
      gateways: 1,
      workers: 4,
      wired: false,
      stripe: {
        latency: '60-120',
        limits: 'sandbox',
        set: [`request_log_size=${20 * customers}`],
      },
      workerEnv: { STRIPE_LIMIT_ENDPOINT: String(limit), STRIPE_LIMIT_ACCOUNT: String(limit) },
    })
    const load = openLoad(stack, { name: 'limits', chance: context.chance })
    try {
      const bar = context.progress('customers made at Stripe', customers)
      await load.create(customers)
      const made = async () => {
        const count = (await stack.doors.stats()).endpoints['POST /v1/customers']?.calls ?? 0
        bar.at(count)
        return count
      }
      for (const share of [...flushes, 1]) {
        await until('they are made', async () => (await made()) >= share * customers, {
          patienceMs: 600_000,
          betweenMs: 100,
        })
        if (share < 1) await stack.flushRedis()
      }
      bar.end()
      await drained(stack.store)
      const { total, accounts, endpoints } = await stack.doors.stats()
      const requests = await stack.doors.requests()
      const creates = requests.filter(({ method, path }) => method === 'POST' && path === '/v1/customers')
      const backlog = requests.filter(({ at }) => at <= Math.max(...creates.map((each) => each.at)))
      const highest = Math.max(
        ...[...Object.values(accounts), ...Object.values(endpoints)].map(
          ({ max_per_second }) => max_per_second,
        ),
      )
      const { used, withFlushes } = usedPercent(backlog.map(({ at }) => at))
      context.remark(`with the standstills after the flushes: ${withFlushes.toFixed(1)} %`)
      const answerMs = backlog.reduce((sum, { ms }) => sum + ms, 0) / backlog.length
      await stack.doors.set({ limits: 'off' })
      const { findings } = await openJudge(stack).round(load.callers)
      return [
        { name: 'calls in any sliding second', unit: '', runs: [highest], asked: { atMost: limit } },
        {
          name: 'used of the limit, under backlog',
          unit: '%',
          runs: [used],
          asked: { atLeast: asked.usedPercent },
          // A slot comes free one second after the answer, since nobody knows when on its way the call arrived.
          limit: { name: 'what slots allow at this latency', value: 100_000 / (1_000 + answerMs) },
        },
        {
          name: 'answers 429',
          unit: '%',
          runs: [(100 * total.rate_limited) / total.calls],
          asked: { atMost: asked.refusedPercent },
        },
        ...findingFigures(findings, context.remark),
      ]
    } finally {
      await load.close()
      await stack.close()
    }
  },
}

/** Per cent of the limit that these moments (ms) use, the standstills left out and not. */
function usedPercent(moments: readonly number[]): { used: number; withFlushes: number } {
  const sorted = moments.toSorted((a, b) => a - b)
  const gaps = sorted.slice(1).map((at, index) => at - (sorted[index] ?? at))
  const sum = (list: readonly number[]) => list.reduce((all, gap) => all + gap, 0)
  const standstills = gaps.filter((gap) => gap >= standstillMs)
  const percent = (calls: number, ms: number) => (100 * calls * 1_000) / (ms * limit)
  return {
    used: percent(gaps.length - standstills.length, sum(gaps) - sum(standstills)),
    withFlushes: percent(gaps.length, sum(gaps)),
  }
}
