// An import of customers: one request whose lines go on for as long as a load lasts. How many a second are accepted, and whether
// the gateway's memory grows with their number. No worker runs.

import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { watchMemory } from '@lockstep/cli/demo/measure/memory'
import { Agent, request } from 'undici'
import { z } from 'zod'
import { type Benchmark, repeated } from '../benchmark.ts'
import { type BenchStack, gatewayOf, startBenchStack, workers } from '../stack/bench-stack.ts'
import { proveStoredOnce } from '../stack/stored-once.ts'
import { newCustomer, operationsOf } from './load.ts'

const asked = { rate: { atLeast: 2_000 }, memory: { atMost: 350 }, growth: { atMost: 1.25 } }
const warmUpMs = 2_000
/** Lines that are sent at once: a chunk of some 20 KB, as a file is read. */
const linesPerChunk = 100

const answered = z.union([
  z.object({ line: z.number(), status: z.literal(202), operation_id: z.string() }),
  z.object({ done: z.literal(true), lines: z.number() }),
])

export const importBenchmark: Benchmark = {
  name: 'import',
  about: 'customers accepted from one endless NDJSON body, and the memory that it takes',
  async run(context) {
    const stack = await startBenchStack(context)
    await workers(stack, 'ended')
    await imported(stack, warmUpMs)
    const gateway = () => ({ gateway: stack.gateways[0]?.pid() ?? 0 })
    const memory = watchMemory(gateway)
    context.tell('lines, as fast as they are taken')
    const first = await imported(stack, context.seconds * 1_000)
    const { gateway: early = 0 } = memory.highest()
    const rest = await repeated(context.runs - 1, () => imported(stack, context.seconds * 1_000))
    const { gateway: late = 0 } = memory.highest()
    memory.stop()
    return [
      { name: 'customers accepted', unit: '/s', runs: [first, ...rest], asked: asked.rate },
      { name: 'gateway’s memory, highest', unit: 'MB', runs: [late], asked: asked.memory },
      { name: '… of all runs to that of the first', unit: '', runs: [late / early], asked: asked.growth },
    ]
  },
}

/** Sends lines for so long; customers a second, from the first line to the last answer. */
async function imported(stack: BenchStack, ms: number): Promise<number> {
  const { mongoUrl, apiKey } = stack
  const name = randomBytes(4).toString('hex')
  const acknowledged = new Map<string, string>()
  const agent = new Agent()
  const began = performance.now()
  try {
    const { statusCode, body } = await request(`${gatewayOf(stack)}/v1/imports`, {
      dispatcher: agent,
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/x-ndjson',
        'idempotency-key': name,
        prefer: 'respond-async',
      },
      body: Readable.from(lines(name, began + ms)),
    })
    if (statusCode !== 200) throw new Error(`the import was answered ${statusCode}: ${await body.text()}`)
    let told: number | null = null
    for await (const text of createInterface(body)) {
      const answer = answered.parse(JSON.parse(text))
      if ('done' in answer) told = answer.lines
      else acknowledged.set(`${name}:${answer.line}`, answer.operation_id)
    }
    if (told !== acknowledged.size)
      throw new Error(`the import told of ${told} lines and answered ${acknowledged.size}`)
  } finally {
    await agent.destroy()
  }
  const perSecond = (acknowledged.size / (performance.now() - began)) * 1_000
  await proveStoredOnce(mongoUrl, acknowledged, async function* ({ operations }) {
    const found = operations.find(operationsOf(`${name}:`), { projection: { idempotency_key: 1 } })
    for await (const { _id: id, idempotency_key: key = '' } of found) yield { name: key, id }
  })
  return perSecond
}

async function* lines(name: string, endsAt: number): AsyncGenerator<string> {
  for (let line = 0; performance.now() < endsAt; ) {
    const chunk = Array.from({ length: linesPerChunk }, () =>
      JSON.stringify(newCustomer(`${name}-${line++}`)),
    )
    yield `${chunk.join('\n')}\n`
  }
}
