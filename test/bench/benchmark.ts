// Owns what a benchmark is, and how its figures are judged.
// Promises: a figure is the median of its runs and keeps them all; what was asked of it stands beside it, and so does the
// limit of the machine where one was measured in the same run, so that a slow day is seen for what it is.

/** What a figure should reach, in the figure's unit. */
export type Asked = { atLeast: number } | { atMost: number }

/** Something that bounds a figure, measured in the same run: a bare server, a bare insert. */
export interface Limit {
  name: string
  value: number
}

export interface Figure {
  name: string
  unit: '/s' | 'ms' | 'MB' | 'µs' | '%' | ''
  /** Each run by itself, in the order of the runs; at least one. */
  runs: readonly number[]
  asked?: Asked
  limit?: Limit
}

/**
 * Something to be seen as a picture. latency: what so many per cent of the answers (x, below 100) did not exceed (y, ms).
 * throughput: answers (y) in each second of a run (x).
 */
export interface Plot {
  kind: 'latency' | 'throughput'
  title: string
  lines: { name: string; points: readonly (readonly [x: number, y: number])[] }[]
}

/** What a benchmark may do while it runs, and how much of it is asked for. */
export interface BenchContext {
  /** How long each load lasts. */
  seconds: number
  /** How often each load is repeated. */
  runs: number
  /** How many customers there are where their number is what counts. */
  customers: number
  /** Called when the benchmark is over, however it ends, Ctrl-C included: the last one first. */
  closing: (close: () => Promise<unknown>) => void
  /** A calm line on what is being done now. */
  tell: (step: string) => void
  /** Something that the machine lacks, or that makes figures worse: it belongs to the report. */
  remark: (text: string) => void
  /** A picture for the report page. */
  plot: (plot: Plot) => void
}

export interface Benchmark {
  name: string
  /** One line: what is measured. */
  about: string
  /** Throws where what was done is wrong: a fast wrong answer is no figure. */
  run: (context: BenchContext) => Promise<Figure[]>
}

/** The middle of the runs; of an even number the lower of the two. */
export function median(runs: readonly number[]): number {
  const sorted = runs.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)]
  if (middle === undefined) throw new Error('bug: a figure without a run')
  return middle
}

/** True, or false for a figure that falls short of what was asked; null where nothing was. */
export function reached({ runs, asked }: Figure): boolean | null {
  if (!asked) return null
  return 'atLeast' in asked ? median(runs) >= asked.atLeast : median(runs) <= asked.atMost
}

/** What the work measured, each time it ran; the runs follow one another. */
export async function repeated<T>(runs: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let run = 0; run < runs; run++) results.push(await work())
  return results
}
