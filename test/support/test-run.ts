// Owns a run of vitest and what it came to.
// Promises: every test of the run is counted, and a file that could not even be loaded is a failure.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { keepProduct, measureChildren } from './child-coverage.ts'
import { childrenFolder, coverageArgs, coverageLines } from './coverage.ts'

/** By then a few dozen processes have told what they ran, each some megabytes (ms). */
const keepEveryMs = 15_000

/** What a run came to. */
export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
})

/** Runs the tests whose file's path holds a filter, or all; their output goes to the terminal, and the coverage if asked for. */
export async function runTests(
  args: readonly string[],
  env = process.env,
  { coverage = false } = {},
): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-test-'))
  const file = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${file}`]
  const measured = coverage ? coverageArgs(folder) : []
  if (coverage) mkdirSync(childrenFolder(folder))
  const children = coverage ? measureChildren(childrenFolder(folder)) : {}
  // Hundreds of processes load the same: it is compiled once.
  const compiled = { NODE_COMPILE_CACHE: join(folder, 'compiled') }
  const keeping = coverage
    ? setInterval(() => keepProduct(childrenFolder(folder), process.cwd()), keepEveryMs)
    : undefined
  const code = await runCommand('vitest', ['run', ...args, ...reporters, ...measured], {
    ...compiled,
    ...env,
    ...children,
  })
  clearInterval(keeping)
  const tests = readReport(file)
  for (const line of coverage ? await coverageLines(folder) : []) process.stdout.write(`${line}\n`)
  rmSync(folder, { recursive: true, force: true })
  // A file that could not be loaded has no failed test; the exit code knows.
  const broken = tests.failed === 0 && code !== 0 ? 1 : 0
  return { ...tests, failed: tests.failed + broken }
}

/** Runs a command with its output on the terminal; resolves to its exit code, 1 if it could not start or was killed. */
export function runCommand(command: string, args: readonly string[], env = process.env): Promise<number> {
  return new Promise((done) => {
    // pnpm puts node_modules/.bin on PATH of every script.
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env })
    const pass = (signal: NodeJS.Signals) => child.kill(signal)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, pass)
    const end = (code: number) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, pass)
      done(code)
    }
    child.on('error', () => end(1))
    child.on('close', (code) => end(code ?? 1))
  })
}

/** Prints the last line, and sets the exit code: 0 if something passed and nothing failed. */
export function finish(tallies: readonly Tally[]): void {
  const sum = (name: keyof Tally) => tallies.reduce((total, tally) => total + tally[name], 0)
  const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')]
  process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1
}

function readReport(file: string): Tally {
  try {
    const found = report.parse(JSON.parse(readFileSync(file, 'utf8')))
    return { passed: found.numPassedTests, failed: found.numFailedTests, skipped: found.numPendingTests }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}
