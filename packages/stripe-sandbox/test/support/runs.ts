/**
 * Owns how often properties run, and how a failing run is repeated.
 * `pnpm test` runs few of fresh seeds; `pnpm prove sandbox-properties` multiplies them by SANDBOX_RUNS. A failure prints its seed and path:
 * SANDBOX_SEED=… SANDBOX_PATH=… with `pnpm test FILE` runs that one again.
 */
import type fc from 'fast-check'

const factor = Number(process.env['SANDBOX_RUNS'] ?? 1)
const seed = process.env['SANDBOX_SEED']
const path = process.env['SANDBOX_PATH']

/** The parameters of a property that runs `few` times in `pnpm test`. */
export function runs(few: number): fc.Parameters<unknown> {
  return {
    numRuns: few * factor,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path }),
  }
}
