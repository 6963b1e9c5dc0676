// The real stack as a process, with its own services: what `pnpm stack` promises to those who start and kill it.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { childCoverage } from '../../../test/support/child-coverage.ts'
import { z } from 'zod'
import { until } from '../src/demo/until.ts'

const main = fileURLToPath(new URL('../src/stack/main.ts', import.meta.url))
const lockstep = fileURLToPath(new URL('../src/main.ts', import.meta.url))
/** Services are in the cache when the tests run; the rest is a busy machine (ms). */
const limitMs = 100_000
/** DESIGN section 7's bound is 30 s (ms). */
const goneMs = 30_000

const stackObject = z.strictObject({
  gateway: z.url(),
  gateways: z.array(z.url()),
  sandbox: z.url(),
  console: z.url(),
  mongo_url: z.string().startsWith('mongodb://127.0.0.1:'),
  redis_url: z.string().startsWith('redis://127.0.0.1:'),
  tenant: z.string(),
  api_key: z.string(),
  admin_key: z.string(),
  stripe_secret_key: z.string().startsWith('sk_test_'),
  webhook_secret: z.string().startsWith('whsec_'),
  logs: z.string(),
  pids: z.strictObject({
    stack: z.number(),
    gateway: z.array(z.number()),
    worker: z.array(z.number()),
    sandbox: z.number(),
    redis: z.number().optional(),
    mongo: z.number().optional(),
    mongo_gateway: z.number().optional(),
  }),
})
type StackObject = z.output<typeof stackObject>
const restart = z.object({
  event: z.literal('restarted'),
  process: z.string(),
  index: z.number(),
  pid: z.number(),
})

let running: ChildProcess | null = null

afterEach(async () => {
  if (running && running.exitCode === null && running.signalCode === null) {
    const gone = once(running, 'exit')
    running.kill('SIGTERM')
    await gone
  }
  running = null
})

/** A stack whose restarts are collected as they are told. */
async function started(args: string[]) {
  const { PATH, HOME, TMPDIR, LOCKSTEP_CACHE } = process.env
  const env = { PATH, HOME, TMPDIR, LOCKSTEP_CACHE, LOG_LEVEL: 'warn' }
  const child = spawn(process.execPath, [main, '--json', ...args], {
    env: { ...childCoverage(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running = child
  const lines: string[] = []
  let told = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  await until('the first line', { everyMs: 20, limitMs }, async () => {
    if (child.exitCode !== null) throw new Error(`the stack ended with ${child.exitCode}:\n${told}`)
    return lines.length > 0 ? true : null
  })
  const stack = stackObject.parse(JSON.parse(lines[0] ?? ''))
  const restarts = () => lines.slice(1).map((line) => restart.parse(JSON.parse(line)))
  return { child, stack, restarts }
}

function everyPid({ pids }: StackObject): number[] {
  return Object.values(pids)
    .flat()
    .filter((pid) => pid !== undefined)
}

function alive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

async function untilGone(pids: number[]): Promise<void> {
  await until('every process is gone', { everyMs: 50, limitMs: goneMs }, async () =>
    pids.some(alive) ? null : true,
  )
}

/** Writes a customer and waits until Stripe has it; asked again while something is restarting. */
async function synced(stack: StackObject, gateway: string, key: string): Promise<void> {
  await until(`${key} in Stripe`, { everyMs: 200, limitMs }, async () => {
    const response = await fetch(`${gateway}/v1/customers`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${stack.api_key}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': key,
        Prefer: 'wait=10; until=synced',
      },
      body: JSON.stringify({ key, name: key }),
    }).catch(() => null)
    return response?.status === 201 ? true : null
  })
}

async function verified(stack: StackObject): Promise<number | null> {
  const env = {
    PATH: process.env['PATH'],
    MONGO_URL: stack.mongo_url,
    REDIS_URL: stack.redis_url,
    STRIPE_SECRET_KEY: stack.stripe_secret_key,
    STRIPE_API_BASE: stack.sandbox,
    TENANT_ID: stack.tenant,
  }
  const child = spawn(process.execPath, [lockstep, 'verify', '--json'], { env, stdio: 'ignore' })
  await once(child, 'exit')
  return child.exitCode
}

it('whatever dies is started again on its port and data; SIGTERM ends everything', {
  timeout: 3 * limitMs,
}, async () => {
  const { child, stack, restarts } = await started(['--gateways', '2', '--workers', '2'])
  expect([stack.gateways.length, stack.pids.gateway.length, stack.pids.worker.length]).toEqual([2, 2, 2])
  expect([stack.gateway, stack.pids.stack]).toEqual([stack.gateways[0], child.pid])
  expect(everyPid(stack).filter((pid) => !alive(pid))).toEqual([])
  await synced(stack, stack.gateways[0] ?? '', 'before')

  const { gateway, worker, sandbox, redis, mongo } = stack.pids
  const victims: [string, number | undefined][] = [
    ['worker', worker[1]],
    ['gateway', gateway[1]],
    ['sandbox', sandbox],
    ['redis', redis],
    ['mongo', mongo],
  ]
  for (const [name, pid] of victims) {
    if (pid === undefined) continue
    process.kill(pid, 'SIGKILL')
    const told = await until(
      `${name} is started again`,
      { everyMs: 20, limitMs },
      async () => restarts().find(({ process: died }) => died === name) ?? null,
    )
    expect(told.pid).not.toBe(pid)
    expect(alive(told.pid)).toBe(true)
  }
  await synced(stack, stack.gateways[1] ?? '', 'after')
  expect(await verified(stack)).toBe(0)

  const all = [...everyPid(stack), ...restarts().map(({ pid }) => pid)]
  child.kill('SIGTERM')
  await once(child, 'exit')
  expect(child.exitCode).toBe(0)
  await untilGone(all)
  expect(existsSync(stack.logs)).toBe(false)
})

it('a stack that was killed with kill -9 leaves no process and no folder', {
  timeout: 2 * limitMs,
}, async () => {
  const { child, stack } = await started([])
  child.kill('SIGKILL')
  await untilGone(everyPid(stack))
  await until('the folder is gone', { everyMs: 50, limitMs: goneMs }, async () =>
    existsSync(stack.logs) ? null : true,
  )
})
