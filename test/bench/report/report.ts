// Owns what is kept of a run of the benchmarks.

import { type Figure, median, type Plot } from '../benchmark.ts'
import type { Machine } from '../machine.ts'

/** One benchmark's run. */
export interface Run {
  name: string
  about: string
  figures: Figure[]
  remarks: string[]
  plots: Plot[]
  /** Why it went wrong; null: it did not. */
  failed: string | null
}

export interface Report {
  machine: Machine
  /** How it was called, so that a reader can do the same. */
  call: string
  /** When it began (ISO 8601). */
  at: string
  benchmarks: Run[]
}

/** The report as one object, each figure with its median. */
export function asObject({ benchmarks, ...report }: Report): object {
  return {
    ...report,
    benchmarks: benchmarks.map(({ figures, ...run }) => ({
      ...run,
      figures: figures.map((figure) => ({ ...figure, median: median(figure.runs) })),
    })),
  }
}
