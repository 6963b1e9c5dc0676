// Hundreds of faults among very many customers: one pass finds each of them and has it repaired, for at most one call a page
// and three a fault (G3). `RECONCILE_CUSTOMERS` and `RECONCILE_FAULTS` set how many, the latter of each kind.

import { readFileSync } from 'node:fs'
import { newCustomer } from '@lockstep/domain/customer/document'
import { systemClock, systemRandom } from '@lockstep/domain/clock/clock'
import { mirrorCall, mirrorKinds } from '@lockstep/domain/mirror/kinds'
import { openStripe } from '@lockstep/domain/stripe/stripe-client'
import { compareSides } from '@lockstep/cli/verify/compare-sides'
import { openStripeSide } from '@lockstep/cli/verify/stripe-side'
import { askForPass } from '@lockstep/worker/reconcile/request'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stripe } from '../support/api.ts'
import { populate } from '../support/population.ts'
import { sandboxStripe } from '../support/sandbox-stripe.ts'
import { atRest, type Stack, startStack, stripeKey } from '../support/stack.ts'
import { until } from '../support/until.ts'

const customers = Number(process.env['RECONCILE_CUSTOMERS'] ?? '1000')
const faults = Number(process.env['RECONCILE_FAULTS'] ?? '4')
const tenantId = 'default'
/** A hundred thousand take some minutes, and on a machine with others on it many more (ms). */
const longMs = 60_000 + customers * 60

let stack: Stack
beforeAll(async () => {
  stack = await startStack({
    // Nobody is told of anything, and the event list is read before the faults alone.
    sandbox: { webhooks: [] },
    workerEnv: { CATCH_UP_EVERY_MS: '86400000' },
  })
})
afterAll(() => stack.close())

test(`${faults} of each kind among ${customers} customers are found and repaired in one pass`, {
  timeout: longMs,
}, async () => {
  const { store, sandbox, mongoUrl } = stack
  const [worker] = stack.workers
  await worker?.kill('SIGTERM')
  const population = await populate(
    { mongoUrl, stripe: sandboxStripe(sandbox, stripeKey), tenantId },
    customers - 2 * faults,
  )
  const step = Math.floor(population.length / (3 * faults))
  const picked = population.filter((_, n) => n % step === 0)
  const drifted = picked.slice(0, faults)
  const deleted = picked.slice(faults, 2 * faults)
  const doubled = picked.slice(2 * faults, 3 * faults)
  const missing: string[] = []
  for (let n = 0; n < faults; n++) {
    await stripe(stack, 'POST', `/v1/customers/${drifted[n]?.stripe_id}`, {
      'address[city]': 'Bonn',
      phone: '+4930123',
    })
    await stripe(stack, 'DELETE', `/v1/customers/${deleted[n]?.stripe_id}`)
    await stripe(stack, 'POST', '/v1/customers', {
      name: `Double ${n}`,
      'metadata[lockstep_id]': doubled[n]?._id ?? '',
    })
    await stripe(stack, 'POST', '/v1/customers', { name: `Extra ${n}`, email: `extra-${n}@example.com` })
    missing.push(v7())
    await store.insertCustomer({
      ...newCustomer({
        id: missing[n] ?? '',
        tenantId,
        key: `missing-${n}`,
        at: Date.now(),
        touchedByApi: true,
      }),
      desired: [{ k: 'name', v: `Missing ${n}` }],
    })
  }
  // As if the list had been read a moment ago, whatever its overlap.
  const tenant = await store.readTenant(tenantId)
  if (!tenant) throw new Error('no tenant')
  await store.replaceTenant({ ...tenant, caught_up_to: Math.floor(Date.now() / 1000) + 3600 })

  const calls = () =>
    Object.entries(sandbox.stats().endpoints).map(([name, { calls: count }]) => [name, count] as const)
  const before = new Map(calls())
  await worker?.start()
  const began = Date.now()
  const world = { store, clock: systemClock, random: systemRandom }
  await askForPass(world, tenantId, { reason: 'repair', expected: null })
  const pass = await until(
    'the pass has ended',
    async () => {
      const record = await store.readReconciliation(tenantId)
      return record?.pass.ended_at != null && record.pass
    },
    { patienceMs: longMs },
  )
  const ms = Date.now() - began
  await atRest(stack)
  const made = Object.fromEntries(calls().map(([name, count]) => [name, count - (before.get(name) ?? 0)]))
  const { 'GET /v1/customers': lists = 0, 'GET /v1/account': checks = 0, ...others } = made
  // What a customer that is taken in has beside itself is read once, in no hurry; it repairs nothing.
  const mirrored = sumOf(others, (name) => mirrorReads.has(name))
  const repairing = sumOf(others, (name) => !mirrorReads.has(name))
  process.stdout.write(
    `${JSON.stringify({ customers, faults, ms, lists, checks, made: others, worker_peak_kb: peakKb(worker?.pid() ?? 0) })}\n`,
  )

  const found = { missing: faults, extra: faults, drifted: faults, deleted: faults, duplicated: faults }
  expect(pass.counts).toMatchObject({ ...found, absent: 0, held: 0, under_way: 0 })
  expect(lists).toBeLessThanOrEqual(Math.ceil(customers / 100))
  expect(repairing).toBeLessThanOrEqual(3 * 5 * faults)
  expect(mirrored).toBeLessThanOrEqual(mirrorKinds.length * faults)

  for (const { _id: customerId } of drifted) {
    const doc = await store.readCustomer({ tenantId, customerId })
    expect(doc?.desired).toContainEqual({ k: 'address.city', v: 'Bonn' })
  }
  for (const { _id: customerId } of deleted)
    expect(await store.readCustomer({ tenantId, customerId })).toMatchObject({ state: 'archived' })
  for (const customerId of missing)
    expect((await store.readCustomer({ tenantId, customerId }))?.stripe_id).toBeDefined()
  // Doubles stay, on record, for a person: nothing of Stripe's is deleted by a machine.
  for (const { _id: customerId, stripe_id } of doubled) {
    const doc = await store.readCustomer({ tenantId, customerId })
    expect(doc).toMatchObject({ stripe_id, conflicts: [{ by: 'duplicate' }] })
  }
  const http = openStripe({ secretKey: stripeKey, apiBase: sandbox.url })
  const compared = await compareSides({
    store,
    tenantId,
    stripe: openStripeSide({ http, clock: systemClock }),
  })
  http.close()
  expect(compared.counts).toEqual({ missing: 0, extra: 0, drifted: 0, deleted: 0, duplicated: faults })
  expect(compared.atStripe).toBe(customers)
})

/** The calls that read the lists of what a customer has. */
const mirrorReads = new Set(
  mirrorKinds.map((kind) => mirrorCall(kind, { stripeId: 'cus_any', id: null }).endpoint),
)

function sumOf(counts: Record<string, number>, which: (name: string) => boolean): number {
  return Object.entries(counts).reduce((sum, [name, count]) => (which(name) ? sum + count : sum), 0)
}

/** The most memory that the process ever had (KB). */
function peakKb(pid: number): number | null {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN)
  } catch {
    return null
  }
}
