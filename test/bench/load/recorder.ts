// Owns what is recorded of a load: how long each answer took, and how many came in each second.

import { createHistogram } from 'node:perf_hooks'

/** Answers at a share of all: `share` of them took at most `ms`. */
export interface LatencyPoint {
  /** 0 to 1. */
  share: number
  ms: number
}

export interface Recording {
  answers: number
  /** Answers per second over the whole run. */
  perSecond: number
  /** What so many per cent of the answers did not exceed (ms). */
  percentile: (percent: number) => number
  /** The whole distribution, finer towards its end. */
  distribution: LatencyPoint[]
  /** Answers in each whole second of the run. */
  bySecond: number[]
}

export interface Recorder {
  /** One answer, `ms` after it was due. */
  answered: (ms: number) => void
  /** What was recorded, over so many milliseconds. */
  over: (ms: number) => Recording
}

/** A begun second at the end would look like a collapse. */
const secondMs = 1_000
/** Where the distribution is read: each nine is a plot's step. */
const shares = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999, 0.9999, 1]
/** Node's histogram takes whole numbers from 1 on: microseconds keep three digits of a millisecond. */
const perMs = 1_000

/** Records from now on. Node's own HdrHistogram keeps three significant digits, however long the run. */
export function openRecorder(): Recorder {
  const histogram = createHistogram()
  const began = performance.now()
  const bySecond: number[] = []
  let answers = 0
  return {
    answered(ms) {
      answers++
      histogram.record(Math.max(1, Math.round(ms * perMs)))
      const second = Math.floor((performance.now() - began) / secondMs)
      bySecond[second] = (bySecond[second] ?? 0) + 1
    },
    over(ms) {
      const percentile = (percent: number) =>
        // Node's percentiles begin above 0.
        (percent === 0 ? histogram.min : histogram.percentile(percent)) / perMs
      return {
        answers,
        perSecond: (answers / ms) * 1_000,
        percentile,
        distribution: shares.map((share) => ({ share, ms: percentile(share * 100) })),
        // A second without an answer is a hole in the list.
        bySecond: Array.from({ length: Math.floor(ms / secondMs) }, (_, second) => bySecond[second] ?? 0),
      }
    },
  }
}
