// Owns the shortening of a schedule that broke a guarantee: steps are left out, in ever smaller parts, as long as it still
// breaks the same one (delta debugging, Zeller and Hildebrandt 2002).

import { type Outcome, runSchedule, type ScheduleOptions } from './schedule.ts'

/** Schedules run in search of a shorter one, at most: each takes some tens of milliseconds. */
const triesMax = 600

/** The shortest failing schedule that was found, and the steps that are left of it. */
export async function shrink(
  failed: Outcome,
  options: Omit<ScheduleOptions, 'keep'> = {},
): Promise<{ outcome: Outcome; keep: number[] }> {
  const guarantee = guaranteeOf(failed)
  let keep = Array.from({ length: failed.steps }, (_, step) => step)
  let outcome = failed
  let tries = 0
  for (let parts = 2; keep.length > 1 && tries < triesMax; ) {
    const size = Math.ceil(keep.length / parts)
    let shorter = false
    for (let from = 0; from < keep.length && tries < triesMax; ) {
      const rest = [...keep.slice(0, from), ...keep.slice(from + size)]
      tries++
      const again = await runSchedule(failed.seed, { ...options, keep: new Set(rest) })
      if (guaranteeOf(again) === guarantee) {
        keep = rest
        outcome = again
        shorter = true
      } else from += size
    }
    if (size === 1 && !shorter) break
    parts = shorter ? Math.max(2, Math.min(parts, keep.length)) : Math.min(parts * 2, keep.length)
  }
  return { outcome, keep }
}

/** `G4` of `G4: …`: what a shorter schedule must break, too. */
function guaranteeOf({ broken }: Outcome): string | undefined {
  return broken[0]?.split(':', 1)[0]
}

/** `3,10-20`: how steps are told on a command line. */
export function printSteps(steps: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const step of steps) {
    const last = ranges.at(-1)
    if (last && last[1] === step - 1) last[1] = step
    else ranges.push([step, step])
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',')
}

/** The steps that such a text names; null: it is none. */
export function readSteps(text: string): Set<number> | null {
  const steps = new Set<number>()
  for (const part of text.split(',')) {
    const range = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part)
    if (!range) return null
    const [from, to] = [Number(range[1]), Number(range[2] ?? range[1])]
    for (let step = from; step <= to; step++) steps.add(step)
  }
  return steps
}
