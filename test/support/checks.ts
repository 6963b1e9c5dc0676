// Owns the static checks: which tools, in which order, and how their outcome is shown.

import { spawn } from 'node:child_process'

const checks: { name: string; command: string[] }[] = [
  { name: 'format', command: ['biome', 'format', '.'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings', '.'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  {
    name: 'types in the browser',
    command: ['tsc', '-p', 'packages/stripe-sandbox/src/live-page/browser/tsconfig.json'],
  },
  {
    name: 'types of the client in the browser',
    command: ['tsc', '-p', 'packages/client/tsconfig.browser.json'],
  },
  {
    name: 'import rules',
    command: ['depcruise', '--config', '.dependency-cruiser.cjs', 'apps', 'packages', 'test'],
  },
]

export interface CheckResult {
  name: string
  ok: boolean
}

/** Runs all of them; prints one line each, and a failing tool's own words. */
export async function runChecks(): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  for (const { name, command } of checks) {
    const { ok, output } = await run(command)
    process.stdout.write(`${ok ? '✓' : '✗'} ${name}\n`)
    if (!ok) process.stdout.write(`${output}\n`)
    results.push({ name, ok })
  }
  return results
}

function run([tool, ...args]: string[]): Promise<{ ok: boolean; output: string }> {
  return new Promise((done) => {
    // pnpm puts node_modules/.bin on PATH of every script.
    const child = spawn(tool ?? '', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (text) => (output += text))
    child.stderr.on('data', (text) => (output += text))
    child.on('error', (error) => done({ ok: false, output: error.message }))
    child.on('close', (code) => done({ ok: code === 0, output }))
  })
}
