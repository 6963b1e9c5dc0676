// Owns the soak: half an hour of a quiet day's load. Memory and Redis stay as they were once everything is warm, and in the
// end both sides are equal.

import { watchMemory } from '@lockstep/cli/demo/measure/memory'
import { spreadOf } from '@lockstep/cli/demo/measure/numbers'
import { queueNames } from '@lockstep/domain/doorbell/doorbell'
import { shardPrefixes } from '@lockstep/domain/doorbell/shards'
import { Redis } from 'ioredis'
import { startFaultStack } from '../../faults/support/fault-stack.ts'
import { openJudge } from '../../faults/support/judge.ts'
import { openLoad } from '../../faults/support/load.ts'
import { drained, findingFigures, type StackProof } from './proof.ts'

const customers = 200
/** A busy account's writes, half of what Stripe takes in a sandbox, and people at the dashboard beside them. */
const load = { perSecond: 10, editsPerSecond: 1 }
/** Minutes, where nobody asks for another number (ROUNDS). */
const minutesUsual = 30
/** A process is looked at so often (ms). */
const lookMs = 2_000
/** Of the whole: until then caches fill and code is compiled. */
const warmShare = 0.25
/** Growth that is noise: a collector's rhythm moves a process by so many MB. */
const asked = { megabytes: 25, keys: 10 }
const [prefix] = shardPrefixes(1)

interface Look {
  /** MB by process. */
  memory: Record<string, number>
  /** In Redis, without the ended jobs. */
  keys: number
  /** Ended jobs: each queue keeps its last ones, so these grow until all lists are full. */
  ended: number
}

export const soakProof: StackProof = {
  name: 'soak',
  summary: `${minutesUsual} minutes of steady load: memory stays flat, Redis keeps no keys, both sides end equal`,
  async run(context) {
    const minutes = context.rounds ?? minutesUsual
    const stack = await startFaultStack({ gateways: 1, workers: 1, wired: false })
    const callers = openLoad(stack, { name: 'soak', chance: context.chance })
    const redis = new Redis(stack.redis.url)
    const [gateway, worker] = [stack.gateways[0], stack.workers[0]]
    const memory = watchMemory(() => ({ gateway: gateway?.pid() ?? 0, worker: worker?.pid() ?? 0 }))
    const looks: Look[] = []
    let looking = Promise.resolve()
    const look = async () => {
      const [ended, all] = await Promise.all([endedJobs(redis), redis.dbsize()])
      looks.push({ memory: await memory.now(), keys: all - ended, ended })
    }
    let timer: NodeJS.Timeout | undefined
    try {
      context.tell(`creating ${customers} customers`)
      const pairs = await callers.pairs(customers)
      await drained(stack.store)
      const bar = context.progress('minutes', minutes)
      timer = setInterval(() => {
        looking = looking.then(look)
      }, lookMs)
      const { answered } = await callers.run({
        ...load,
        pairs,
        ends: { afterSeconds: minutes * 60 },
        lasted: (seconds) => bar.at(Math.floor(seconds / 60)),
      })
      clearInterval(timer)
      bar.end()
      await Promise.all([answered, looking, drained(stack.store)])
      context.tell('judging')
      const { findings } = await openJudge(stack).round(callers.callers)
      const early = partOf(looks, warmShare, 0.5)
      const late = partOf(looks, 0.75, 1)
      const held = (part: Look[], name: string) => median(part.map(({ memory: all }) => all[name] ?? 0))
      const grown = (name: string) => held(late, name) - held(early, name)
      const keys = (part: Look[]) => median(part.map((each) => each.keys))
      const ended = Math.max(...looks.map((each) => each.ended))
      context.remark(
        `${minutes} minutes; in the end gateway ${held(late, 'gateway')} MB, worker ${held(late, 'worker')} MB`,
      )
      context.remark(
        `in Redis ${keys(late)} keys in the end, and never more than ${ended} ended jobs beside them`,
      )
      return [
        {
          name: 'gateway’s memory, end less beginning',
          unit: 'MB',
          runs: [grown('gateway')],
          asked: { atMost: asked.megabytes },
        },
        {
          name: 'worker’s memory, end less beginning',
          unit: 'MB',
          runs: [grown('worker')],
          asked: { atMost: asked.megabytes },
        },
        {
          name: 'Redis’ keys, ended jobs apart, end less beginning',
          unit: '',
          runs: [keys(late) - keys(early)],
          asked: { atMost: asked.keys },
        },
        ...findingFigures(findings, context.remark),
      ]
    } finally {
      clearInterval(timer)
      memory.stop()
      redis.disconnect()
      await callers.close()
      await stack.close()
    }
  },
}

/** Ended jobs of all queues, each a key. */
async function endedJobs(redis: Redis): Promise<number> {
  const lists = queueNames.flatMap((name) =>
    ['completed', 'failed'].map((list) => redis.zcard(`${prefix}:${name}:${list}`)),
  )
  return (await Promise.all(lists)).reduce((total, count) => total + count, 0)
}

/** The looks of one part of the run. */
function partOf(looks: readonly Look[], from: number, to: number): Look[] {
  return looks.slice(Math.floor(looks.length * from), Math.floor(looks.length * to))
}

function median(values: readonly number[]): number {
  return spreadOf(values).p50
}
