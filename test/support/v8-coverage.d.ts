// The part of this package that is used here; it brings no declarations.

declare module '@bcoe/v8-coverage' {
  import type { Profiler } from 'node:inspector'

  export type ScriptCov = Profiler.ScriptCoverage
  export interface ProcessCov {
    result: ScriptCov[]
  }
  export function mergeProcessCovs(processCovs: readonly ProcessCov[]): ProcessCov
}
