// The local Stripe: how many creates, retrieves and webhooks a second on one core, the same at 100,000 customers as at 100,
// and how much memory they take.

import { watchMemory } from '@lockstep/cli/demo/measure/memory'
import { type BenchContext, type Benchmark, type Figure, median, repeated } from '../benchmark.ts'
import { saturate } from '../load/saturate.ts'
import type { LoadRequest } from '../load/send.ts'
import { canPin } from '../machine.ts'
import { createRequest, customerIds, retrieveRequest } from './customers.ts'
import { startReceiver } from './receiver.ts'
import { type ServerProcess, startBareServer, startSandboxProcess } from './sandbox-process.ts'

const connections = 16
const few = 100
const many = 100_000
/** Of three runs the median leaves one disturbance out; one before them lets the compiler warm up. */
const runs = 3
const perRun = 10_000
/** Callers at once with one key, and how many keys. */
const callers = 30
const keys = 1000
const secret = 'whsec_bench'

export const sandboxBenchmark: Benchmark = {
  name: 'sandbox',
  about: 'the local Stripe alone: creates, retrieves, webhooks, memory, on one core',
  async run(context) {
    if (!canPin()) context.remark('no taskset on this machine: the sandbox is not kept to one core')
    const bound = await withServer(startBareServer(), (server) => bareRate(context, server))
    return [
      ...(await withServer(startSandboxProcess(), (sandbox) => rates(context, sandbox, bound))),
      await webhooks(context),
      await withServer(startSandboxProcess(), (sandbox) => oneKey(context, sandbox)),
    ]
  },
}

async function withServer<T>(
  starting: Promise<ServerProcess>,
  work: (server: ServerProcess) => Promise<T>,
): Promise<T> {
  const server = await starting
  try {
    return await work(server)
  } finally {
    await server.close()
  }
}

async function bareRate(context: BenchContext, server: ServerProcess): Promise<number> {
  context.tell('the bound: a bare server')
  const rate = () => load(server, perRun, () => retrieveRequest('cus_bare'))
  await rate()
  return median(await repeated(runs, rate))
}

async function rates(context: BenchContext, sandbox: ServerProcess, bound: number): Promise<Figure[]> {
  const memory = watchMemory(() => ({ sandbox: sandbox.pid }))
  const create = creator(sandbox)
  context.tell(`at ${few} customers`)
  await create(few)
  const ids = await customerIds(sandbox.url, few)
  const retrieve = () => load(sandbox, perRun, (number) => retrieveRequest(ids[number % ids.length] ?? ''))
  await retrieve()
  const retrievesFew = await repeated(runs, retrieve)
  const createsFew = await repeated(runs, () => create(perRun))
  context.tell(`on to ${many} customers`)
  await create(many - few - runs * perRun)
  const { sandbox: held = 0 } = await memory.now()
  const retrievesMany = await repeated(runs, retrieve)
  const createsMany = await repeated(runs, () => create(perRun))
  memory.stop()
  const limit = { name: 'bare node server', value: bound }
  const creates = { unit: '/s', asked: { atLeast: 5000 }, limit } as const
  const retrieves = { unit: '/s', asked: { atLeast: 8000 }, limit } as const
  return [
    { name: `creates, from ${few} customers on`, runs: createsFew, ...creates },
    { name: `creates, from ${many} customers on`, runs: createsMany, ...creates },
    { name: `retrieves at ${few} customers`, runs: retrievesFew, ...retrieves },
    { name: `retrieves at ${many} customers`, runs: retrievesMany, ...retrieves },
    { name: `memory at ${many} customers`, unit: 'MB', runs: [held], asked: { atMost: 300 } },
  ]
}

/** Creates so many customers more, each under a key of its own; answers creates per second. */
function creator(sandbox: ServerProcess): (count: number) => Promise<number> {
  let made = 0
  return (count) => {
    const first = made
    made += count
    return load(sandbox, count, (number) => createRequest(`c${first + number}`, `bench-${first + number}`))
  }
}

async function load(
  server: ServerProcess,
  total: number,
  request: (number: number) => LoadRequest,
): Promise<number> {
  return (await saturate({ url: server.url, connections, ends: { total }, request })).perSecond
}

async function webhooks(context: BenchContext): Promise<Figure> {
  context.tell('webhooks')
  const receiver = await startReceiver(secret)
  const started = startSandboxProcess('--webhook', receiver.url, '--secret', secret)
  const perSecond = await withServer(started, async (sandbox) => {
    const create = creator(sandbox)
    const events = perRun / 2
    let sent = 0
    return repeated(runs, async () => {
      const began = performance.now()
      sent += events
      const [, last] = await Promise.all([create(events), receiver.received(sent)])
      return (events / (last - began)) * 1000
    })
  })
  await receiver.close()
  return { name: 'created, signed and delivered', unit: '/s', runs: perSecond, asked: { atLeast: 1000 } }
}

async function oneKey(context: BenchContext, sandbox: ServerProcess): Promise<Figure> {
  context.tell(`${callers} callers with one key, ${keys} times`)
  const { perSecond } = await saturate({
    url: sandbox.url,
    connections: callers,
    ends: { total: callers * keys },
    request: (number) => {
      const key = `once-${Math.floor(number / callers)}`
      return createRequest(key, key)
    },
  })
  const made = (await customerIds(sandbox.url)).length
  if (made !== keys) throw new Error(`${keys} keys made ${made} customers`)
  return { name: `${keys} keys, ${callers} creates of each at once`, unit: '/s', runs: [perSecond] }
}
