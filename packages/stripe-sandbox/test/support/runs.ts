/**
 * Owns how often properties run, and how a failing run is repeated.
 * Promises: `pnpm test` runs few, of fresh seeds; `pnpm prove sandbox-properties` multiplies them by SANDBOX_RUNS. A failure says what to
 * set so that the same one fails again, shrunk already.
 */
import fc from 'fast-check'

const factor = Number(process.env['SANDBOX_RUNS'] ?? 1)
const seed = process.env['SANDBOX_SEED']
const path = process.env['SANDBOX_PATH']

/** The parameters of a property that runs `few` times in `pnpm test`. */
export function runs(few: number): fc.Parameters<unknown> {
  return {
    numRuns: few * factor,
    reporter: report,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path }),
  }
}

function report(found: fc.RunDetails<unknown>): void {
  if (!found.failed) return
  const again = `Again: SANDBOX_SEED=${found.seed} SANDBOX_PATH=${found.counterexamplePath} pnpm test, with this file`
  throw new Error(`${fc.defaultReportMessage(found)}\n${again}`, { cause: found.errorInstance })
}
