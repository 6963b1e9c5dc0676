// A backfill beside live writes, at Stripe's own limits: whoever waits for a write is served first, and the backfill takes what is
// left, without a call too many (G8, G9). `BACKFILL_CUSTOMERS` and `BACKFILL_WRITES` set how many.

import { systemClock, systemRandom } from '@lockstep/domain/clock/clock'
import { askForPass } from '@lockstep/worker/reconcile/request'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api } from '../support/api.ts'
import { type Stack, startStack, stripeKey } from '../support/stack.ts'
import { until } from '../support/until.ts'

/** Strangers at Stripe: three calls each, so two hundred keep a sandbox account's 25 a second busy for half a minute. */
const strangers = Number(process.env['BACKFILL_CUSTOMERS'] ?? '250')
const writes = Number(process.env['BACKFILL_WRITES'] ?? '24')
/** Two calls each: a quarter of the account's 25 a second (ms). */
const betweenMs = 330
const tenantId = 'default'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({
    sandbox: { webhooks: [], limits: 'off', latency: '60-120' },
    workerEnv: { STRIPE_LIMIT_ENDPOINT: '25', STRIPE_LIMIT_ACCOUNT: '25', CATCH_UP_EVERY_MS: '86400000' },
  })
  // The event list must tell of nobody: it would bring them in as it does after an outage.
  await stack.workers[0]?.kill('SIGTERM')
  const tenant = await stack.store.readTenant(tenantId)
  if (!tenant) throw new Error('no tenant')
  await stack.store.replaceTenant({ ...tenant, caught_up_to: Math.floor(Date.now() / 1000) + 86_400 })
  stack.sandbox.set({ latency: 0 })
  for (let n = 0; n < strangers; n++) {
    await stack.sandbox.call({
      method: 'POST',
      path: '/v1/customers',
      headers: { authorization: `Bearer ${stripeKey}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: `name=Stranger+${n}`,
    })
  }
  stack.sandbox.set({ latency: '60-120', limits: 'sandbox' })
  await fetch(`${stack.sandbox.url}/_sandbox/stats/reset`, { method: 'POST' })
  await stack.workers[0]?.start()
})
afterAll(() => stack.close())

/** Writes customers at an even pace; answers how long each took until Stripe had it (ms), shortest first. */
async function live(name: string): Promise<number[]> {
  const took: Promise<number>[] = []
  for (let n = 0; n < writes; n++) {
    took.push(write(`${name}-${n}`))
    await pause(betweenMs)
  }
  return (await Promise.all(took)).toSorted((a, b) => a - b)
}

async function write(key: string): Promise<number> {
  const began = performance.now()
  const headers = { prefer: 'wait=30; until=synced' }
  const { status, data } = await api(stack, 'POST', '/v1/customers', { key, name: key }, { headers })
  // On a machine that is very busy the wait may end first.
  if (status === 202)
    await until(`${key} is at Stripe`, async () => {
      const now = await api(stack, 'GET', `/v1/customers/${String(data['id'])}`)
      return typeof now.data['stripe_customer_id'] === 'string'
    })
  return performance.now() - began
}

test('live writes are served first, and a backfill takes what is left', { timeout: 600_000 }, async () => {
  const { store, sandbox } = stack
  // The first call waits for a window that counts as spent.
  await write('first')
  const alone = await live('alone')
  const world = { store, clock: systemClock, random: systemRandom }
  await askForPass(world, tenantId, { reason: 'connect', expected: strangers })
  const taken = async () =>
    (await store.scanCustomers(tenantId, null, 10_000)).filter((doc) => !doc.touched_by_api).length
  await until('the backfill is under way', async () => (await taken()) >= 10)
  const [takenBefore, callsBefore, at] = [await taken(), sandbox.stats().total.calls, Date.now()]
  const beside = await live('beside')
  const [takenAfter, calls] = [await taken(), sandbox.stats().total.calls - callsBefore]
  const perSecond = calls / ((Date.now() - at) / 1000)
  const record = await store.readReconciliation(tenantId)
  const p = (share: number, of: number[]) => Math.round(of[Math.ceil(share * of.length) - 1] ?? 0)
  process.stdout.write(
    `${JSON.stringify({
      strangers,
      writes,
      alone_ms: { p50: p(0.5, alone), p99: p(0.99, alone) },
      beside_ms: { p50: p(0.5, beside), p99: p(0.99, beside) },
      calls_per_second: Math.round(perSecond * 10) / 10,
      most_in_a_second: sandbox.stats().total.max_per_second,
      adopted_meanwhile: takenAfter - takenBefore,
    })}\n`,
  )
  // Every live write was through while the backfill still had work, and it went on meanwhile.
  expect(record?.pass.ended_at).toBeNull()
  expect(takenAfter).toBeGreaterThan(takenBefore)
  expect(refusedByLimits()).toBe(0)
})

function refusedByLimits(): number {
  return stack.sandbox.requests().filter(({ status }) => status === 429).length
}
