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

/** The program. */
export const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

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
  const child = spawn(process.execPath, [main, '--port', '0', '--latency', '0', '--json', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
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
