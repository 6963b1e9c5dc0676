// Owns the whole system on one machine: MongoDB, Redis, sandbox, gateways, workers, supervised, with ports that stay.
// Promises: when `startStack` resolves, every gateway and worker is ready; a process that dies is started again on the
// same port and data; `stop` ends everything that was started here, callers before what they call; if the start fails,
// nothing is left.

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { StripeLimits } from '@lockstep/domain/stripe/slots'
import { type FirstTenant, writeFirstTenant } from './first-tenant.ts'
import { freePort } from '../process/free-port.ts'
import { openLeash } from '../process/leash.ts'
import {
  budgets,
  gatewayProgram,
  type Program,
  type SandboxLimits,
  sandboxProgram,
  type StackPlan,
  workerProgram,
} from './programs.ts'
import { type ServiceProcess, startServices } from './start-services.ts'
import { type Supervised, supervise } from '../process/supervise.ts'

export interface StackOptions {
  workers: number
  gateways: number
  limits: SandboxLimits
  /** Lines for a person while services are fetched or started. */
  announce: (line: string) => void
  /** A process died and has a successor. */
  restarted: (event: Restarted) => void
}

export interface Restarted {
  process: 'gateway' | 'worker' | 'sandbox' | ServiceProcess
  index: number
  /** Null where the service runs elsewhere. */
  pid: number | null
}

/** Process ids as they are now; null where the service was not started here. */
export interface StackPids {
  stack: number
  gateway: number[]
  worker: number[]
  sandbox: number
  redis: number | null
  /** The process that holds the data. */
  mongo: number | null
  /** The one in front of it that speaks MongoDB's protocol, where there is one. */
  mongo_gateway: number | null
}

export interface Stack extends FirstTenant {
  gateways: string[]
  sandbox: string
  mongoUrl: string
  redisUrl: string
  stripeSecretKey: string
  webhookSecret: string
  limits: SandboxLimits
  /** Calls a second that all processes together may make. */
  budget: StripeLimits
  /** Holds each process's log; gone after `stop`. */
  folder: string
  pids(): StackPids
  stop(): Promise<void>
}

/** A probe that takes longer (ms) counts as no answer. */
const probeMs = 2_000

/** Starts everything. @throws Error that says which part failed, with the end of its log. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const groups: End[][] = []
  let stopping: Promise<void> | undefined
  const stop = () => (stopping ??= endAll(groups))
  try {
    return { ...(await start(options, groups)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type End = () => Promise<unknown>

async function start(options: StackOptions, groups: End[][]): Promise<Omit<Stack, 'stop'>> {
  /** What ends together; a later group ends before an earlier one. */
  const group = (): End[] => groups[groups.push([]) - 1] ?? []
  const leash = await openLeash()
  group().push(() => leash.close())
  const { mongo, redis, mongoUrl } = await startServices({
    announce: options.announce,
    restarted: (name, pid) => options.restarted({ process: name, index: 0, pid }),
    ends: group(),
  })
  const gatewayPorts = await freePorts(options.gateways)
  const gateways = gatewayPorts.map((port) => `http://127.0.0.1:${port}`)
  const tenant = await writeFirstTenant(mongoUrl)
  const plan: StackPlan = {
    mongoUrl,
    redisUrl: redis.url,
    sandboxUrl: `http://127.0.0.1:${await freePort()}`,
    sandboxFile: join(leash.folder, 'sandbox.journal'),
    tenant: tenant.tenant,
    stripeSecretKey: `sk_test_${randomBytes(16).toString('hex')}`,
    eventSecretsKey: randomBytes(32).toString('base64'),
    webhookSecret: `whsec_${randomBytes(16).toString('hex')}`,
    limits: options.limits,
    webhookUrl: `${gateways[0]}/webhooks/stripe`,
  }
  const run = async (place: Place, program: Program, probe: string, ends: End[]): Promise<Supervised> => {
    const name = place.process === 'sandbox' ? place.process : `${place.process}-${place.index + 1}`
    const supervised = await supervise({
      name,
      launch: () => leash.launch({ name, ...program }),
      answers: () => answersOk(probe),
      restarted: (pid) => options.restarted({ ...place, pid }),
    })
    ends.push(() => supervised.stop())
    return supervised
  }
  // The workers' first call is to the sandbox: it comes first and goes last.
  const probe = `${plan.sandboxUrl}/_sandbox/health`
  const sandbox = await run({ process: 'sandbox', index: 0 }, sandboxProgram(plan), probe, group())
  await sandbox.ready
  const ends = group()
  const gatewayRuns = await inOrder(gatewayPorts, (port, index) =>
    run({ process: 'gateway', index }, gatewayProgram(plan, port), `${gateways[index]}/readyz`, ends),
  )
  const workerRuns = await inOrder(await freePorts(options.workers), (port, index) =>
    run({ process: 'worker', index }, workerProgram(plan, port), `http://127.0.0.1:${port}/readyz`, ends),
  )
  await Promise.all([...gatewayRuns, ...workerRuns].map(({ ready }) => ready))
  return {
    ...tenant,
    gateways,
    sandbox: plan.sandboxUrl,
    mongoUrl,
    redisUrl: redis.url,
    stripeSecretKey: plan.stripeSecretKey,
    webhookSecret: plan.webhookSecret,
    limits: options.limits,
    budget: budgets[options.limits],
    folder: leash.folder,
    pids: () => ({
      stack: process.pid,
      gateway: gatewayRuns.map(({ pid }) => pid),
      worker: workerRuns.map(({ pid }) => pid),
      sandbox: sandbox.pid,
      redis: redis.mainPid ?? null,
      mongo: mongo.mainPid ?? null,
      mongo_gateway: mongo.gatewayPid ?? null,
    }),
  }
}

interface Place {
  process: 'gateway' | 'worker' | 'sandbox'
  index: number
}

async function inOrder<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (const [index, item] of items.entries()) results.push(await work(item, index))
  return results
}

function answersOk(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(probeMs) }).then(
    async (response) => {
      await response.arrayBuffer()
      return response.ok
    },
    () => false,
  )
}

async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) ports.push(await freePort())
  return ports
}

/** The last group first; one that fails to end holds up no other. */
async function endAll(groups: End[][]): Promise<void> {
  for (const ends of groups.toReversed()) await Promise.allSettled(ends.map((end) => end()))
}
