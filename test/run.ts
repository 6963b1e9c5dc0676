// Everything that a change must pass: the static checks, then every test on real MongoDB, Redis and the sandbox.
// `pnpm test [FILTER]`: with a filter only the tests whose file's path holds it. The last line of standard output is
// `N passed, N failed`; each static check counts as one.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { runChecks } from './support/checks.ts'

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numFailedTestSuites: z.number(),
})

const filters = process.argv.slice(2)
const checks = filters.length === 0 ? await runChecks() : []
const folder = mkdtempSync(join(tmpdir(), 'lockstep-test-'))
const file = join(folder, 'report.json')
const code = await vitest([...filters, '--reporter=default', '--reporter=json', `--outputFile=${file}`])
const tests = readReport()
rmSync(folder, { recursive: true, force: true })

const passed = tests.passed + checks.filter(({ ok }) => ok).length
// A file that could not even be loaded has no failed test; the exit code knows.
const broken = tests.failed === 0 && code !== 0 ? 1 : 0
const failed = tests.failed + broken + checks.filter(({ ok }) => !ok).length
const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : ''
process.stdout.write(`${passed} passed, ${failed} failed${skipped}\n`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

function vitest(args: string[]): Promise<number> {
  return new Promise((done) => {
    const child = spawn('vitest', ['run', ...args], { stdio: ['ignore', 'inherit', 'inherit'] })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
    child.on('error', () => done(1))
    child.on('close', (exit) => done(exit ?? 1))
  })
}

function readReport(): { passed: number; failed: number; skipped: number } {
  try {
    const found = report.parse(JSON.parse(readFileSync(file, 'utf8')))
    return { passed: found.numPassedTests, failed: found.numFailedTests, skipped: found.numPendingTests }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}
