// Customers are edited on both sides at once, processes are killed and Redis is flushed in between; when changes stop,
// both sides hold the same customers (G1, G2, G3). A seed makes the edits repeatable; the interleaving is the machine's.

import { randomInt } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { Redis } from 'ioredis'
import { api, type JsonObject, stripe, stripeCustomers } from '../support/api.ts'
import { chanceOf } from '../support/chance.ts'
import { atRest, payloads, type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

let stack: Stack
afterEach(() => stack.close())

const seed = Number(process.env['SEED'] ?? randomInt(1, 2 ** 31))
const customers = 12
const edits = Number(process.env['EDITS'] ?? 250)

/** A caller that repeats what was not answered, under its own key, as G7 invites it to. */
async function write(method: string, path: string, body: unknown, key: string, gateway: number) {
  const headers = { 'idempotency-key': key, prefer: 'respond-async' }
  return until(`${method} ${path} is acknowledged`, async () => {
    const answer = await api(stack, method, path, body, { headers, gateway }).catch(() => null)
    return answer && answer.status < 500 ? answer : null
  })
}

function ourSide(customer: JsonObject) {
  const { name, description, phone, billing_address: address, metadata } = customer
  return { name, description, phone, city: part(address, 'city'), metadata, id: customer['id'] }
}

function theirSide(customer: JsonObject) {
  const { name, description, phone, address } = customer
  const all = Object.entries(customer['metadata'] ?? {})
  const metadata = Object.fromEntries(all.filter(([k]) => !k.startsWith('lockstep_')))
  return {
    name,
    description,
    phone,
    city: part(address, 'city'),
    metadata,
    id: part(customer['metadata'], 'lockstep_id'),
  }
}

function part(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null
    ? (Object.entries(object).find(([k]) => k === name)?.[1] ?? null)
    : null
}

async function allOurs(): Promise<JsonObject[]> {
  const answer = await api(stack, 'GET', '/v1/customers?limit=100')
  return Array.isArray(answer.body['data']) ? answer.body['data'] : []
}

test.for(payloads)(
  `on %s events both sides end equal after edits on both, kills and a flush (seed ${seed})`,
  { timeout: 180_000 },
  async (payload) => {
    stack = await startStack({ gateways: 2, workers: 2, payload, sandbox: { latency: '5-30' } })
    const chance = chanceOf(seed)
    const random = () => chance.next()
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T // Never empty here.
    const ids: string[] = []
    for (let i = 0; i < customers; i++) {
      const answer = await write(
        'POST',
        '/v1/customers',
        { key: `c${i}`, name: `Customer ${i}` },
        `create-${i}`,
        i % 2,
      )
      expect(answer.status).toBe(202)
      ids.push(String(answer.data['id']))
    }
    const acknowledged: string[] = []
    const redis = new Redis(stack.redis.url)
    const trouble = new Map<number, () => Promise<unknown>>([
      [Math.floor(edits * 0.2), () => stack.workers[0]?.kill('SIGKILL') ?? Promise.resolve()],
      [Math.floor(edits * 0.35), () => redis.flushall()],
      [
        Math.floor(edits * 0.5),
        () => Promise.all([stack.workers[0]?.start(), stack.gateways[1]?.kill('SIGKILL')]),
      ],
      [Math.floor(edits * 0.6), () => stack.gateways[1]?.start() ?? Promise.resolve()],
      [Math.floor(edits * 0.75), () => Promise.all([stack.workers[1]?.kill('SIGKILL'), redis.flushall()])],
      [Math.floor(edits * 0.9), () => stack.workers[1]?.start() ?? Promise.resolve()],
    ])
    const change = () =>
      pick([
        { name: `n${Math.floor(random() * 50)}` },
        { description: random() < 0.3 ? null : `d${Math.floor(random() * 50)}` },
        { phone: random() < 0.3 ? null : `+49301${Math.floor(random() * 1e6)}` },
        { billing_address: random() < 0.2 ? null : { city: `city${Math.floor(random() * 9)}` } },
        { metadata: { [pick(['a', 'b', 'a.b'])]: `m${Math.floor(random() * 50)}` } },
      ])
    const form = () =>
      pick([
        { name: `s${Math.floor(random() * 50)}` },
        { description: random() < 0.3 ? '' : `t${Math.floor(random() * 50)}` },
        { 'address[city]': random() < 0.3 ? '' : `town${Math.floor(random() * 9)}` },
        { [`metadata[${pick(['a', 'b', 'c'])}]`]: random() < 0.4 ? '' : `u${Math.floor(random() * 50)}` },
      ])
    for (let i = 0; i < edits; i++) {
      await trouble.get(i)?.()
      const id = pick(ids)
      if (random() < 0.6) {
        const alive = i >= edits * 0.5 && i < edits * 0.6 ? 0 : i % 2
        const answer = await write('PATCH', `/v1/customers/${id}`, change(), `edit-${i}`, alive)
        expect(answer.status).toBe(202)
        acknowledged.push(String(answer.data['operation_id']))
      } else {
        const linked = await stripeCustomers(stack)
        if (linked.length > 0)
          await stripe(stack, 'POST', `/v1/customers/${String(pick(linked)['id'])}`, form())
      }
    }
    redis.disconnect()
    const [ours, theirs] = await until('both sides are equal and at rest', async () => {
      const mine = (await allOurs()).map((customer) => ourSide(customer)).sort(byId)
      const seen = (await stripeCustomers(stack)).map((customer) => theirSide(customer)).sort(byId)
      const settled = (await allOurs()).every((customer) => part(customer['sync'], 'state') === 'synced')
      return settled && JSON.stringify(sorted(mine)) === JSON.stringify(sorted(seen)) ? [mine, seen] : null
    })
    expect(ours).toHaveLength(customers)
    expect(theirs).toHaveLength(customers)
    for (const id of acknowledged) {
      const operation = await stack.store.readOperation('default', id)
      expect(operation?.status).toBe('applied')
    }
    await atRest(stack)
    // Each customer's facts stand in the log once, in order and without a gap.
    const log = await stack.store.readEvents('default', 0, 100_000)
    for (const id of ids) {
      const seqs = log.filter((event) => event.customer_id === id).map(({ seq }) => seq)
      expect(seqs).toEqual(seqs.map((_, index) => index + 1))
    }
  },
)

function byId(a: { id: unknown }, b: { id: unknown }): number {
  return String(a.id).localeCompare(String(b.id))
}

/** Metadata has no order. */
function sorted<T extends { metadata: unknown }>(sides: T[]) {
  return sides.map((side) => ({
    ...side,
    metadata: Object.entries(side.metadata ?? {}).sort(([a], [b]) => a.localeCompare(b)),
  }))
}
