// Owns how much memory a command takes that goes through a file of any size, beyond what it holds.
// Promises: 100,000 customers go through some 150 MB, and as many as 300,000 do; it costs a fifth more processor time, of
// which such a command has plenty: it waits for the gateway.
//
// After a full collection an import holds 15 to 20 MB, however long it has run. All else is garbage that V8 leaves lying, as
// a machine with much memory allows: 128 MB of young objects, and four times what is held of older ones.

import { setFlagsFromString } from 'node:v8'

/** The young generation stays as small as it starts: what a batch is read into and answered with dies with the batch. */
const youngGrowthFactor = 1
/** How much the heap may grow before all of it is collected again (percent). */
const growthPercent = 50

/** Call it once, and early: what the young generation has taken by then it keeps. */
export function keepHeapSmall(): void {
  setFlagsFromString(`--semi-space-growth-factor=${youngGrowthFactor}`)
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`)
}
