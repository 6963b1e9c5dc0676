// What people on duty call when something is wrong, as processes, on a real MongoDB, Redis and sandbox: what is told, how it
// ends, and that it is done.

import { newCustomer } from '@lockstep/domain/customer/document'
import { sealed } from '@lockstep/domain/customer/seal'
import { type LocalService, startTestRedis } from '@lockstep/local-services'
import { type Sandbox, startSandbox } from '@lockstep/stripe-sandbox'
import { afterAll, beforeAll, beforeEach, afterEach, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { lockstep, lockstepJson } from '../../../test/support/lockstep.ts'
import { type FreshTenant, freshTenant, webhookSecret } from '../../../test/support/members.ts'

let redis: LocalService
let sandbox: Sandbox
let tenant: FreshTenant
let place: { mongoUrl: string; sandbox: Sandbox; redis: LocalService }

beforeAll(async () => {
  redis = await startTestRedis({ announce: () => undefined })
  sandbox = await startSandbox({ latency: 0, limits: 'off' })
})
afterAll(async () => {
  await sandbox.close()
  await redis.stop()
})
beforeEach(async () => {
  tenant = await freshTenant(inject('mongoUrl'))
  place = { mongoUrl: tenant.mongoUrl, sandbox, redis }
})
afterEach(() => tenant.close())

const tenantId = 'default'
const secrets = { STRIPE_WEBHOOK_SECRETS: webhookSecret, NODE_ENV: 'test' }
const report = z.object({
  ok: z.boolean(),
  checks: z.array(
    z.object({ id: z.string(), ok: z.boolean(), detail: z.string(), action: z.string().optional() }),
  ),
})

/** What the doctor finds wrong, by check: what to do. */
async function ills(env: Record<string, string> = {}) {
  const { code, object } = await lockstepJson(place, ['doctor'], { ...secrets, ...env })
  const { ok, checks } = report.parse(object)
  expect([ok, code]).toEqual(checks.every((each) => each.ok) ? [true, 0] : [false, 1])
  return Object.fromEntries(
    checks.filter((each) => !each.ok).map(({ id, detail, action }) => [id, `${detail}; ${action}`]),
  )
}

/** A customer that waits for a person. */
async function parked(id: string, code: string): Promise<void> {
  const doc = newCustomer({ id, tenantId, key: `key-${id}`, at: Date.now(), touchedByApi: true })
  await tenant.store.insertCustomer(
    sealed({ ...doc, parked: { code, at: Date.now() }, tries: 5 }, Date.now()),
  )
}

const isParked = async (id: string) =>
  !!(await tenant.store.readCustomer({ tenantId, customerId: id }))?.parked

async function changeTenant(fields: object): Promise<void> {
  const now = await tenant.store.readTenant(tenantId)
  if (!now) throw new Error('there is no tenant')
  expect(await tenant.store.replaceTenant({ ...now, ...fields })).toMatchObject({ kind: 'ok' })
}

test('the doctor finds nothing where nothing is wrong, and says what it looked at', async () => {
  expect(await ills()).toEqual({})
  const { code, out } = await lockstep(place, ['doctor'], secrets)
  expect(code).toBe(0)
  for (const name of ['MongoDB', 'Redis never evicts', 'Stripe takes the key', 'nothing is parked'])
    expect(out).toContain(name)
})

test('the doctor names each side that is away, and looks at the others', async () => {
  const found = await ills({
    MONGO_URL: 'mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=200',
    REDIS_URL: 'redis://127.0.0.1:1',
    STRIPE_API_BASE: 'http://127.0.0.1:1',
  })
  expect(Object.keys(found).toSorted()).toEqual(['mongodb', 'redis', 'stripe'])
  expect(found['mongodb']).toContain('check MONGO_URL')
})

test('the doctor tells a key of another account, and a pause with what ends it', async () => {
  await changeTenant({
    account: 'acct_another',
    paused_outbound: { reason: 'wrong_account', detail: 'seen', at: Date.now() },
  })
  const found = await ills()
  expect(found).toMatchObject({
    tenant_account: expect.stringContaining('bound to acct_another'),
    tenant_flows: expect.stringContaining('pnpm lockstep resume'),
  })
  const { code, out } = await lockstep(place, ['doctor'], secrets)
  expect([code, out]).toEqual([1, expect.stringContaining('give the workers the key of the tenant')])
})

test('the doctor counts who is parked, parked lists them by code, and retry lets go on whom it may', async () => {
  await parked('a', 'internal')
  await parked('b', 'internal')
  await parked('c', 'doubt_too_old')
  expect((await ills())['backlog']).toMatch(/2 internal.*pnpm lockstep parked/)
  const listed = await lockstep(place, ['parked'])
  expect([listed.code, listed.out]).toEqual([0, expect.stringContaining('key-a')])
  const { object } = await lockstepJson(place, ['parked', '--code', 'internal', '--limit', '1'])
  expect(object).toMatchObject({ parked: [{ id: 'a', code: 'internal' }], more: true })
  // Without a terminal nobody can be asked.
  expect((await lockstep(place, ['retry', '--all'])).code).toBe(3)
  expect(await isParked('a')).toBe(true)
  const one = await lockstepJson(place, ['retry', 'a'])
  expect(one).toMatchObject({ code: 0, object: { retried: ['a'], left: [] } })
  const all = await lockstep(place, ['retry', '--all', '--yes'])
  expect([all.code, all.out]).toEqual([3, expect.stringContaining('1 customer retried')])
  expect(all.out + all.err).toContain('stays parked: doubt_too_old')
  expect(await Promise.all(['a', 'b', 'c'].map(isParked))).toEqual([false, false, true])
  expect((await lockstep(place, ['retry', 'nobody'])).code).toBe(2)
})

test('where nobody is parked both say so', async () => {
  const listed = await lockstep(place, ['parked'])
  expect([listed.code, listed.out]).toEqual([0, expect.stringContaining('no customer of tenant default')])
  const retried = await lockstep(place, ['retry', '--all'])
  expect([retried.code, retried.out]).toEqual([0, expect.stringContaining('nothing was parked')])
})

test('a database of this version is left alone by a migration, and what would be done is told before', async () => {
  for (const flags of [['--dry-run'], []]) {
    const { code, object } = await lockstepJson(place, ['migrate', ...flags])
    expect([code, object]).toEqual([0, expect.objectContaining({ kind: 'done', dry_run: flags.length > 0 })])
  }
  const told = await lockstep(place, ['migrate'])
  expect([told.code, told.out]).toEqual([0, expect.stringContaining('nothing is to be done')])
  const away = await lockstep(place, ['migrate'], { MONGO_URL: 'mongodb://127.0.0.1:1/x' })
  expect([away.code, away.out]).toEqual([4, expect.stringContaining('run it again')])
})
