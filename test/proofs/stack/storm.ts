// Owns the storm (G11): Stripe answers every second call with 429. Nothing is parked, nothing is lost, and a backlog is
// worked off within three times the time that it takes without one.

import { type FaultStack, startFaultStack } from '../../faults/support/fault-stack.ts'
import { openJudge } from '../../faults/support/judge.ts'
import { openLoad } from '../../faults/support/load.ts'
import { drained, findingFigures, type StackProof } from './proof.ts'

/** Enough that the last ones' bad luck is small beside the whole: the worst of so many fails ten times in a row. */
const customers = 700
const askedTimes = 3

export const stormProof: StackProof = {
  name: 'storm',
  summary: 'half of all answers are 429: nothing parked, nothing lost, drained within 3 times the time',
  async run(context) {
    const stack = await startFaultStack({
      gateways: 1,
      workers: 2,
      wired: false,
      stripe: { latency: '60-120', limits: 'live' },
      workerEnv: { STRIPE_LIMIT_ENDPOINT: '25', STRIPE_LIMIT_ACCOUNT: '100' },
    })
    const load = openLoad(stack, { name: 'storm', chance: context.chance })
    try {
      context.tell(`creating ${customers} customers, 25 a second`)
      const ids = (await load.pairs(customers)).map(({ id }) => id)
      await drained(stack.store)
      /** The time that one update of each takes (ms), from the workers' start on. */
      const backlog = async () => {
        await workers(stack, 'killed')
        await load.update(ids)
        await workers(stack, 'started')
        return drained(stack.store)
      }
      context.tell('a backlog without a storm')
      const calm = await backlog()
      context.tell('the same in the storm')
      const action = { kind: 'rate_limit', reason: 'global-rate' }
      const storm = await stack.doors.fault({ path_regex: '^/v1/', probability: 0.5, action })
      const stormy = await backlog()
      context.remark(`the storm struck ${await storm.struck()} calls`)
      await storm.end()
      await stack.doors.set({ limits: 'off' })
      const { findings } = await openJudge(stack).round(load.callers)
      return [
        { name: `${customers} updates drained, without it`, unit: 'ms', runs: [calm] },
        { name: `${customers} updates drained, in the storm`, unit: 'ms', runs: [stormy] },
        { name: '… times as long', unit: '', runs: [stormy / calm], asked: { atMost: askedTimes } },
        ...findingFigures(findings, context.remark),
      ]
    } finally {
      await load.close()
      await stack.close()
    }
  },
}

function workers({ workers: all }: FaultStack, state: 'killed' | 'started'): Promise<unknown> {
  return Promise.all(all.map((each) => (state === 'killed' ? each.kill() : each.start())))
}
