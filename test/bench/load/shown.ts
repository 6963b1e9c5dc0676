// Owns how the recordings of a load's runs become figures and pictures.

import type { Plot } from '../benchmark.ts'
import type { Recording } from './recorder.ts'

/** Recordings of the same load, run by run, under the load's name. */
export type Runs = Readonly<Record<string, readonly Recording[]>>

/** Answers per second, run by run. */
export function ratesOf(runs: readonly Recording[]): number[] {
  return runs.map(({ perSecond }) => perSecond)
}

/** What half of the answers did not exceed (ms), run by run. */
export function p50Of(runs: readonly Recording[]): number[] {
  return runs.map(({ percentile }) => percentile(50))
}

/** What 99 of 100 answers did not exceed (ms), run by run. */
export function p99Of(runs: readonly Recording[]): number[] {
  return runs.map(({ percentile }) => percentile(99))
}

/** How long the answers took, in the last run of each load. */
export function latencyPlot(title: string, runs: Runs): Plot {
  const points = ({ distribution }: Recording) =>
    distribution.map(({ share, ms }) => [share * 100, ms] as const).filter(([percent]) => percent < 100)
  return { kind: 'latency', title, lines: linesOf(runs, points) }
}

/** How many answers came in each second, in the last run of each load. */
export function throughputPlot(title: string, runs: Runs): Plot {
  const points = ({ bySecond }: Recording) =>
    bySecond.map((answers, second) => [second + 1, answers] as const)
  return { kind: 'throughput', title, lines: linesOf(runs, points) }
}

function linesOf(
  runs: Runs,
  points: (recording: Recording) => Plot['lines'][number]['points'],
): Plot['lines'] {
  return Object.entries(runs).flatMap(([name, recordings]) => {
    const last = recordings.at(-1)
    return last ? [{ name, points: points(last) }] : []
  })
}
