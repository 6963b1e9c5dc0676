// `pnpm demo --exit` as a process: the first thing that somebody runs, with services of its own and the real customers.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { childCoverage } from '../../../test/support/child-coverage.ts'

const main = fileURLToPath(new URL('../src/demo/main.ts', import.meta.url))
/** A whole stack, a burst, and a death in its middle, on a busy machine (ms). */
const limitMs = 240_000

function demo(args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const { PATH, HOME, TMPDIR, LOCKSTEP_CACHE } = process.env
  return new Promise((ended) => {
    const env = { ...childCoverage(), PATH, HOME, TMPDIR, LOCKSTEP_CACHE }
    const child = execFile(process.execPath, [main, '--exit', ...args], { env }, (_error, out, err) =>
      ended({ code: child.exitCode, out, err }),
    )
  })
}

test(
  'both sides hold every customer in the end, though a worker was killed in a burst',
  async () => {
    const { code, out, err } = await demo(['--json'])
    expect(code, err).toBe(0)
    const told = JSON.parse(out)
    expect(told).toMatchObject({
      agreed: true,
      sync: { customers: 59, refused: 0 },
      comparison: { agreed: true, under_way: 0, differences: [] },
    })
    expect(told.comparison.customers).toBe(told.comparison.stripe_customers)
    expect(told.comparison.customers).toBe(told.worker_killed.customers)
  },
  limitMs,
)

test('a file that is no such CSV is refused before anything is started', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-demo-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'customers.csv')
  writeFileSync(path, 'Name\nAda\n')
  for (const [file, why] of [
    [path, 'the header lacks CustomerId'],
    [join(folder, 'none.csv'), 'none.csv'],
  ] as const) {
    const { code, out, err } = await demo(['--customers', file])
    expect([code, out], err).toEqual([2, ''])
    expect(err).toContain(why)
  }
})
