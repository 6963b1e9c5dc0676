// What the product allocates for one operation, counted and not timed: garbage is what a busy worker pays for next after the
// database, and no machine changes how much of it there is.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/**
 * The most that one may allocate (bytes): a seventh above what it was when that was last looked at, since a newer Node lays
 * things out anew.
 */
const allowed: Record<string, number> = { update: 235_000, webhook: 33_500, request: 23_500 }

test('an operation allocates no more than it did', { timeout: 60_000 }, async () => {
  const program = fileURLToPath(new URL('allocations.ts', import.meta.url))
  // So much that nothing is collected while it is counted (MB).
  const roomy = ['--min-semi-space-size=512', '--max-semi-space-size=512', '--expose-gc']
  const { stdout } = await promisify(execFile)(process.execPath, [...roomy, program])
  const bytes: unknown = JSON.parse(stdout)
  expect(bytes).toEqual(Object.fromEntries(Object.keys(allowed).map((name) => [name, expect.any(Number)])))
  // Fewer than a thousand: they were collected while they were counted.
  const beyond = Object.entries(bytes as Record<string, number>).filter(
    ([name, count]) => count > (allowed[name] ?? 0) || count < 1_000,
  )
  expect(beyond).toEqual([])
})
