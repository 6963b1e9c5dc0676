/**
 * Owns a sandbox in a process of its own, as `stripe-sandbox` starts it.
 * Promises: no process outlives its test file.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import Stripe from 'stripe'
import { afterAll } from 'vitest'
import { childCoverage } from '../../../../test/support/child-coverage.ts'

/** The program. */
export const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** How a command ended, and what it said. */
export type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

/** Runs a command of the program to its end. */
export async function runCommand(...args: string[]): Promise<Ended> {
  const child = spawnCommand(args)
  let [out, err] = ['', '']
  child.stdout.on('data', (text) => (out += text))
  child.stderr.on('data', (text) => (err += text))
  const [code]: (number | null)[] = await once(child, 'close')
  return { code: code ?? null, out, err }
}

/** A command that stays: its lines so far, and its end. */
export type Running = {
  readonly lines: string[]
  readonly ended: (signal?: NodeJS.Signals) => Promise<Ended>
}

/** Starts a command that stays. */
export function startCommand(...args: string[]): Running {
  const child = spawnCommand(args)
  const lines: string[] = []
  let err = ''
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  child.stderr.on('data', (text) => (err += text))
  const exit = once(child, 'close').then(([code]): Ended => ({ code, out: lines.join('\n'), err }))
  return {
    lines,
    ended: (signal) => {
      if (signal) child.kill(signal)
      return exit
    },
  }
}

function spawnCommand(args: readonly string[]) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...childCoverage() },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  return child
}

/** A running sandbox process. */
export type SandboxProcess = {
  readonly url: string
  readonly pid: number
  readonly stripe: Stripe
  /** Sends a signal; resolves with the exit code, null if the signal ended it. */
  ended(signal: NodeJS.Signals): Promise<number | null>
}

const children = new Set<ChildProcess>()
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

/** Starts the program with a free port and no latency; rejects with what it said if it ends instead. */
export async function startProcess(...options: string[]): Promise<SandboxProcess> {
  const child = spawnCommand(['--port', '0', '--latency', '0', '--json', ...options])
  let errors = ''
  child.stderr.on('data', (text) => (errors += text))
  const exit = once(child, 'close').then(([code]): number | null => code)
  const line = once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text))
  const first = await Promise.race([
    line,
    exit.then((code) => Promise.reject(new Error(`${code}: ${errors}`))),
  ])
  const { url, port, pid } = JSON.parse(first)
  const stripe = new Stripe('sk_test_1', {
    host: '127.0.0.1',
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  })
  return {
    url,
    pid,
    stripe,
    ended(signal) {
      child.kill(signal)
      return exit
    },
  }
}
