// How long a gateway and a worker take from their start until they are ready, on services that are there already.

import type { Member } from '../../support/members.ts'
import { type Benchmark, type Figure, repeated } from '../benchmark.ts'
import { startBenchStack } from '../stack/bench-stack.ts'

/** A start takes a second: so many tell more than the runs of a load. */
const startsPerRun = 3
const asked = { atMost: 1_500 }

export const startBenchmark: Benchmark = {
  name: 'start',
  about: 'gateway and worker, from their start until /readyz answers 200',
  async run(context) {
    const stack = await startBenchStack(context)
    const figures: Figure[] = []
    for (const [name, member] of Object.entries({ gateway: stack.gateways[0], worker: stack.workers[0] })) {
      if (!member) throw new Error(`bug: a stack without a ${name}`)
      context.tell(name)
      const runs = await repeated(startsPerRun * context.runs, () => startMs(member))
      figures.push({ name: `${name} ready`, unit: 'ms', runs, asked })
    }
    return figures
  },
}

/** Ended and started again (ms). It is asked whether it is ready every 15 ms. */
async function startMs(member: Member): Promise<number> {
  await member.kill('SIGTERM')
  const began = performance.now()
  await member.start()
  return performance.now() - began
}
