// Owns one round: a load, troubles in its middle, and the judgement when all is quiet again.

import type { FaultStack } from './fault-stack.ts'
import type { Judge, Judgement } from './judge.ts'
import { type LoadOptions, openLoad, type RunOptions } from './load.ts'
import type { Trouble } from './troubles.ts'

export interface RoundOptions
  extends LoadOptions,
    Pick<RunOptions, 'perSecond' | 'editsPerSecond' | 'pairs'> {
  stack: FaultStack
  judge: Judge
  /** They strike one after the other, a random moment apart. */
  troubles: readonly Trouble[]
  /** How long each outage lasts, in seconds of load. */
  lastingS: number
}

/** Between two troubles, and before the first and after the last (seconds of load): up to this. */
const quietS = 0.6

/** Plays it, with load from before the first trouble until after the last, and judges it. */
export async function playRound(options: RoundOptions): Promise<Judgement> {
  const { stack, judge, troubles, chance } = options
  const load = openLoad(stack, options)
  const span = openSpan()
  const done = new AbortController()
  try {
    const struck = (async () => {
      for (const trouble of troubles) {
        await span.pass(chance.next() * quietS)
        await trouble.strike(stack, () => span.pass(options.lastingS))
      }
      await span.pass(quietS)
    })().finally(() => done.abort())
    const { answered } = await load.run({
      ...options,
      ends: { signal: done.signal },
      lasted: (now) => span.at(now),
    })
    await struck
    await answered
    return await judge.round(load.callers)
  } finally {
    await load.close()
  }
}

/** Waiting by the load's own time: so long means so many arrivals, however slow the machine. */
function openSpan() {
  const waiting = new Set<{ at: number; wake: () => void }>()
  let now = 0
  return {
    at(seconds: number): void {
      now = seconds
      for (const one of waiting) {
        if (one.at > seconds) continue
        waiting.delete(one)
        one.wake()
      }
    },
    pass: (seconds: number) => new Promise<void>((wake) => waiting.add({ at: now + seconds, wake })),
  }
}
