// Creates whose callers wait until they are applied: through the gateway, the queue, the worker and back.

import { randomBytes } from 'node:crypto'
import { type Benchmark, type Figure, repeated } from '../benchmark.ts'
import { type ProvenLoad, saturated } from '../load/proven.ts'
import type { Recording } from '../load/recorder.ts'
import { latencyPlot, p50Of, p99Of, ratesOf } from '../load/shown.ts'
import { type BenchStack, gatewayOf, startBenchStack } from '../stack/bench-stack.ts'
import { proveStoredOnce } from '../stack/stored-once.ts'

const many = 32
const asked = { rate: { atLeast: 800 }, many: { atMost: 25 }, one: { atMost: 15 } }
const warmUpSeconds = 2
/** What a create is answered that was applied in time; 202 would be an acknowledgement alone. */
const applied = 201

export const waitsBenchmark: Benchmark = {
  name: 'waits',
  about: 'creates that wait until they are applied (Prefer: wait)',
  async run(context) {
    const stack = await startBenchStack(context)
    const target = { context, url: gatewayOf(stack), open: () => waitingCreates(stack) }
    await saturated(target, { connections: many, seconds: warmUpSeconds })
    context.tell('one client')
    const alone = await repeated(context.runs, () => saturated(target, { connections: 1 }))
    context.tell(`${many} clients`)
    const together = await repeated(context.runs, () => saturated(target, { connections: many }))
    context.plot(
      latencyPlot('Creates that wait until they are applied', {
        'one client': alone,
        [`${many} clients`]: together,
      }),
    )
    return [
      ...figuresOf('one client', alone, asked.one),
      ...figuresOf(`${many} clients`, together, asked.many),
      { name: `${many} clients`, unit: '/s', runs: ratesOf(together), asked: asked.rate },
    ]
  },
}

function figuresOf(who: string, runs: readonly Recording[], p50: { atMost: number }): Figure[] {
  return [
    { name: `${who}, p50`, unit: 'ms', runs: p50Of(runs), asked: p50 },
    { name: `${who}, p99`, unit: 'ms', runs: p99Of(runs) },
  ]
}

/** Each create must be answered with the customer itself, and that customer must be there once. */
function waitingCreates({ mongoUrl, apiKey }: BenchStack): ProvenLoad {
  const name = randomBytes(4).toString('hex')
  const acknowledged = new Map<string, string>()
  const headers = {
    authorization: `Bearer ${apiKey}`,
    'content-type': 'application/json',
    prefer: 'wait=30',
  }
  return {
    request(number) {
      const key = `${name}-${number}`
      const body = JSON.stringify({ key, name: `Customer ${key}`, email: `${key}@example.com` })
      return { method: 'POST', path: '/v1/customers', headers: { ...headers, 'idempotency-key': key }, body }
    },
    answered(number, { status, location }) {
      if (status !== applied) throw new Error(`a create that waits was answered ${status}`)
      acknowledged.set(`${name}-${number}`, location?.split('/').at(-1) ?? '')
    },
    prove: () =>
      proveStoredOnce(mongoUrl, acknowledged, async function* ({ customers }) {
        const mine = { tenant_id: 'default', key: { $gte: `${name}-`, $lt: `${name}-~` } }
        for await (const { _id: id, key } of customers.find(mine, { projection: { key: 1 } }))
          yield { name: key, id }
      }),
  }
}
