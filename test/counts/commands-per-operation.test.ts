// What an operation costs, in commands and calls: these are what a database, a Redis and Stripe's limit have to carry, whatever
// machine they run on. A change that adds one is told here, by name.

import { connect } from '@lockstep/domain/store/mongo/connect'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { api, stripe } from '../support/api.ts'
import { until } from '../support/until.ts'
import { create, inBurst, update, webhook } from './allowed.ts'
import { beyond, type Cost, type Counts, openCounts, sum } from './counts.ts'
import { mongoReader } from './mongo-commands.ts'
import { redisReader } from './redis-commands.ts'
import { openTap } from './tap.ts'

/** Of several runs the cheapest counts: what comes by the clock can only add to one. */
const runs = 5
const tenantId = 'default'
const burst = { writes: 500, customers: 100 }

let counts: Counts
let made = 0

beforeAll(async () => {
  counts = await openCounts()
})
afterAll(() => counts.close())

test('a create costs no command and no call more than it did', async () => {
  expect(beyond(await cheapest(newCustomer), create)).toEqual([])
})

test('an update costs no command and no call more than it did, its echo included', async () => {
  const id = await inStep()
  expect(beyond(await cheapest(() => change(id)), update)).toEqual([])
})

test('an edit at Stripe costs no command and no call more than it did', async () => {
  const id = await inStep()
  const stripeId = await stripeIdOf(id)
  const edit = async () => {
    const description = `Edited there, number ${made++}`
    await stripe(counts.stack, 'POST', `/v1/customers/${stripeId}`, { description })
    // Straight from the store: a look by the gateway would be counted.
    await until('the edit is here', async () => {
      const doc = await counts.stack.store.readCustomer({ tenantId, customerId: id })
      return doc?.observed.some(({ k, v }) => k === 'description' && v === description)
    })
  }
  expect(beyond(await cheapest(edit), webhook)).toEqual([])
})

test('in a burst an operation costs a fraction of what it costs alone', async () => {
  const ids = await Promise.all(Array.from({ length: burst.customers }, newCustomer))
  await counts.costOf(async () => undefined)
  const cost = await counts.costOf(() =>
    Promise.all(Array.from({ length: burst.writes }, (_, n) => change(ids[n % ids.length] ?? ''))),
  )
  for (const where of ['mongo', 'redis', 'stripe'] as const) {
    const each = sum(cost[where]) / burst.writes
    expect(each, `${where}: ${JSON.stringify(cost[where])}`).toBeLessThanOrEqual(inBurst[where])
  }
})

test('what is counted is what the driver says that it sends', async () => {
  const tap = await openTap(inject('mongoUrl'), mongoReader)
  const url = new URL(tap.url)
  url.pathname = `/${inject('runName')}-tap`
  url.searchParams.set('monitorCommands', 'true')
  const { connection, db } = await connect({ url: url.href, poolSize: 2 })
  const said: string[] = []
  connection.getClient().on('commandStarted', ({ commandName, command }) => {
    const collection: unknown = command[commandName]
    said.push(typeof collection === 'string' ? `${commandName} ${collection}` : commandName)
  })
  const things = db.collection('things')
  await things.insertMany(Array.from({ length: 300 }, (_, n) => ({ n, text: 'x'.repeat(1_000) })))
  await things.updateOne({ n: 7 }, { $set: { text: 'y' } })
  // More than one batch: getMore names its collection second.
  expect(await things.find({}, { batchSize: 100 }).toArray()).toHaveLength(300)
  await things.drop()
  expect(tap.commands()).toEqual(said)
  expect(said).toContain('insert things')
  await connection.close()
  await tap.close()
})

test('a command is counted once, however its bytes arrive', () => {
  const bytes = Buffer.from(
    '*2\r\n$3\r\nGET\r\n$5\r\na\r\nbc\r\n*4\r\n$7\r\nEVALSHA\r\n$1\r\nf\r\n$1\r\n1\r\n$16\r\nbull:queue-a:job\r\n',
  )
  for (let size = 1; size <= bytes.length; size++) {
    const read = redisReader()
    const found: string[] = []
    for (let at = 0; at < bytes.length; at += size) found.push(...read(bytes.subarray(at, at + size)))
    expect(found).toEqual(['get', 'evalsha queue-a'])
  }
})

/** Accepted, and waited for by nobody: a waiting caller's look would be counted. */
const respondAsync = { headers: { prefer: 'respond-async' } }

async function cheapest(work: () => Promise<unknown>): Promise<Cost> {
  // The first one of its kind loads scripts and fills caches.
  await counts.costOf(work)
  const costs: Cost[] = []
  for (let run = 0; run < runs; run++) costs.push(await counts.costOf(work))
  const [least] = costs.toSorted((a, b) => sum(a.mongo) + sum(a.redis) - sum(b.mongo) - sum(b.redis))
  if (!least) throw new Error('bug: no run')
  return least
}

async function newCustomer(): Promise<string> {
  const n = made++
  const body = { name: `Customer ${n}`, email: `customer-${n}@example.com` }
  const { data } = await api(counts.stack, 'POST', '/v1/customers', body, respondAsync)
  return String(data['id'])
}

async function change(id: string): Promise<void> {
  await api(counts.stack, 'PATCH', `/v1/customers/${id}`, { name: `Changed ${made++}` }, respondAsync)
}

/** A new customer that both sides have. */
async function inStep(): Promise<string> {
  let id = ''
  await counts.costOf(async () => {
    id = await newCustomer()
  })
  return id
}

async function stripeIdOf(customerId: string): Promise<string> {
  const doc = await counts.stack.store.readCustomer({ tenantId, customerId })
  return doc?.stripe_id ?? ''
}
