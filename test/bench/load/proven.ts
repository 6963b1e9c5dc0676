// Owns the loads of a gateway, each in two phases: send, then prove that everything acknowledged is stored, once.

import { type BenchContext, repeated } from '../benchmark.ts'
import type { Recording } from './recorder.ts'
import { saturate } from './saturate.ts'
import type { LoadAnswer, LoadRequest } from './send.ts'
import { steadily, type SteadyRecording } from './steady.ts'

/** What is sent in one run, and remembered of it. */
export interface ProvenLoad {
  /** The request of this number, from 0 on. */
  request: (number: number) => LoadRequest
  answered: (number: number, answer: LoadAnswer) => void
  /** The second phase. @throws where something acknowledged is lost, doubled or another's */
  prove: () => Promise<void>
  /** Takes away what it left, where the next run would otherwise begin with it. */
  forget?: () => Promise<void>
}

export interface LoadTarget {
  context: BenchContext
  url: string
  /** A new load for each run. */
  open: () => ProvenLoad
}

/** As many as can be, each of the connections waiting for its answer; for `seconds`, or as long as was asked for. */
export async function saturated(
  { context, url, open }: LoadTarget,
  { connections, seconds = context.seconds }: { connections: number; seconds?: number },
): Promise<Recording> {
  const load = open()
  const recording = await saturate({ ...load, url, connections, ends: { afterMs: seconds * 1_000 } })
  await load.prove()
  await load.forget?.()
  return recording
}

/** So many a second, whatever becomes of them. */
export async function steady(
  { context, url, open }: LoadTarget,
  perSecond: number,
): Promise<SteadyRecording> {
  const load = open()
  const recording = await steadily({ ...load, url, perSecond, ms: context.seconds * 1_000 })
  await load.prove()
  await load.forget?.()
  return recording
}

/** A load that is later than this was held up by others on this machine (ms). */
const onTimeMs = 5

/** The same, run by run; says so where the load itself was late. */
export async function steadyRuns(target: LoadTarget, perSecond: number): Promise<SteadyRecording[]> {
  const { runs, remark } = target.context
  const recordings = await repeated(runs, () => steady(target, perSecond))
  const late = Math.max(...recordings.map(({ lateMs }) => lateMs))
  if (late > onTimeMs)
    remark(
      `at ${perSecond}/s the load itself was up to ${late.toFixed()} ms late (p99): its latencies hold that`,
    )
  return recordings
}
