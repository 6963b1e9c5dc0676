// The first connection of an account: shown before anything is written, asked for, resumable; what could be several is left for
// a person (G2, G4, G12).

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CustomerDocument, newCustomer } from '@lockstep/domain/customer/document'
import { sealed } from '@lockstep/domain/customer/seal'
import { v7 } from 'uuid'
import { webhookEventTypes } from '@lockstep/domain/stripe/webhook-endpoint'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, stripe } from '../support/api.ts'
import { lockstep, lockstepJson } from '../support/lockstep.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

const folder = mkdtempSync(join(tmpdir(), 'lockstep-connect-'))
const tenantId = 'default'
let stack: Stack
beforeAll(async () => {
  stack = await startStack({
    measured: true,
    sandbox: { webhooks: [] },
    workerEnv: { CATCH_UP_EVERY_MS: '2000' },
  })
  await stack.workers[0]?.kill('SIGTERM')
})
afterAll(async () => {
  await stack.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A customer of ours that was never at Stripe, as an import leaves it. */
async function ours(email: string): Promise<string> {
  const now = Date.now()
  const id = v7()
  const doc: CustomerDocument = {
    ...newCustomer({ id, tenantId, key: `${email}/${id}`, at: now, touchedByApi: true }),
    desired: [
      { k: 'email', v: email },
      { k: 'name', v: 'Ours' },
    ],
  }
  await stack.store.insertCustomer(sealed(doc, now))
  return id
}

async function theirs(email: string, lockstepId?: string): Promise<string> {
  const mark = lockstepId === undefined ? {} : { 'metadata[lockstep_id]': lockstepId }
  return String((await stripe(stack, 'POST', '/v1/customers', { email, ...mark }))['id'])
}

const read = (customerId: string) => stack.store.readCustomer({ tenantId, customerId })
const writes = () => stack.sandbox.requests().filter(({ method }) => method !== 'GET').length
const url = () => `${stack.gateways[0]?.url}/webhooks/stripe`

async function everything() {
  const docs = await stack.store.scanCustomers(tenantId, null, 1000)
  // How far the event list was read moves by itself.
  const tenants = (await stack.store.listTenants()).map(({ rev: _, caught_up_to: __, ...tenant }) => tenant)
  return JSON.stringify([docs, await stack.store.readReconciliation(tenantId), tenants])
}

/** Nothing is under way but what waits for a person. */
function atRest() {
  return until('everything is settled', async () => {
    const docs = await stack.store.scanCustomers(tenantId, null, 1000)
    return docs.every(({ parked, sync_due_at }) => parked || sync_due_at === undefined)
  })
}

test('the first sync is shown, asked for, and then is what was shown', { timeout: 180_000 }, async () => {
  const [a, e, c, g] = [
    await ours('a@x.test'),
    await ours('e@x.test'),
    await ours('c@x.test'),
    await ours('g@x.test'),
  ]
  const b = [await ours('b@x.test'), await ours('B@x.test')]
  const stranger = v7()
  const there = {
    a: await theirs('a@x.test'),
    b: await theirs('b@x.test'),
    c: [await theirs('c@x.test'), await theirs('c@x.test')],
    d: await theirs('d@x.test'),
    f: await theirs('f@x.test', stranger),
    g: await theirs('other@x.test', g),
  }
  const [before, writesBefore] = [await everything(), writes()]
  const shown = await lockstepJson(stack, ['connect', '--webhook-url', url()])
  expect(shown.code).toBe(3)
  expect(shown.object).toMatchObject({
    connected: false,
    account: 'acct_1LockstepSandbox',
    preview: {
      link: 2,
      create: 1,
      adopt: 1,
      push: 3,
      held_count: 4,
      at_stripe: 7,
      here: 6,
      webhook_endpoint: 'create',
    },
  })
  const { preview } = shown.object as { preview: { held: { why: string; what: string; stripe: string[] }[] } }
  expect(preview.held.flatMap(({ stripe: ids }) => ids).toSorted()).toEqual(
    [there.b, ...there.c, there.f].toSorted(),
  )
  for (const { what } of preview.held) expect(what).toMatch(/repair --customer/)
  // Without a terminal nobody agreed.
  expect((await lockstep(stack, ['connect', '--webhook-url', url()])).code).toBe(3)
  expect([(await everything()) === before, writes()]).toEqual([true, writesBefore])

  const secretFile = join(folder, 'secret')
  const args = ['connect', '--yes', '--webhook-url', url(), '--secret-file', secretFile]
  const connected = await lockstep(stack, [...args, '--json'])
  const secret = readFileSync(secretFile, 'utf8').trim()
  expect(connected.code).toBe(0)
  expect(secret).toMatch(/^whsec_/)
  expect(connected.out).not.toContain(secret)
  expect(statSync(secretFile).mode & 0o777).toBe(0o600)
  expect(await stack.store.readTenant(tenantId)).toMatchObject({ account: 'acct_1LockstepSandbox' })
  // A customer that signs up while the sync waits, with an e-mail that nobody has: it is made at once.
  const signedUp = await ours('new@x.test')
  await stack.workers[0]?.start()
  await until(
    'the first sync has ended',
    async () => (await stack.store.readReconciliation(tenantId))?.pass.ended_at != null,
  )
  await atRest()

  expect((await read(a))?.stripe_id).toBe(there.a)
  expect((await read(g))?.stripe_id).toBe(there.g)
  expect((await read(e))?.stripe_id).toBeDefined()
  expect((await read(signedUp))?.stripe_id).toBeDefined()
  expect(await stack.store.findByStripeId(tenantId, there.d)).not.toBeNull()
  for (const id of [there.b, ...there.c, there.f])
    expect(await stack.store.findByStripeId(tenantId, id)).toBeNull()
  for (const id of [...b, c]) expect(await read(id)).toMatchObject({ parked: { code: 'email_ambiguous' } })
  const { data } = await stripe(stack, 'GET', '/v1/customers?limit=100')
  // Seven that were there, one for `e` and one for whoever signed up: nobody was made twice.
  expect(data).toHaveLength(9)
  const status = await lockstepJson(stack, ['connect', '--status'])
  expect(status.object).toMatchObject({ reason: 'connect', state: 'ended', counts: { held: 4 } })

  // An event of one that is held leads nowhere by itself.
  await stripe(stack, 'POST', `/v1/customers/${there.f}`, { description: 'touched' })
  await until('its event is done', async () => {
    const [event] = (await stripe(stack, 'GET', '/v1/events?limit=1'))['data'] as { id: string }[]
    return (await stack.store.readStripeEvent(tenantId, event?.id ?? ''))?.outcome === 'held'
  })

  // What a person decides: this one of two; and whose it is, by its mark.
  expect((await lockstep(stack, ['repair', '--customer', there.c[0] ?? ''])).code).toBe(0)
  await stripe(stack, 'POST', `/v1/customers/${there.b}`, { 'metadata[lockstep_id]': b[0] ?? '' })
  await until('both are linked', async () => {
    const [one, other] = [await read(c), await read(b[0] ?? '')]
    return one?.stripe_id === there.c[0] && other?.stripe_id === there.b && !one?.parked && !other?.parked
  })
  await atRest()
})

test('a second time makes no second endpoint, tells no secret, and puts a broken one right', async () => {
  const endpoints = async () =>
    (await stripe(stack, 'GET', '/v1/webhook_endpoints'))['data'] as { id: string }[]
  const [endpoint] = await endpoints()
  expect(endpoint).toMatchObject({
    url: url(),
    api_version: '2026-10-28.endive',
    enabled_events: [...webhookEventTypes],
  })
  const again = await lockstepJson(stack, ['connect', '--yes', '--webhook-url', url()])
  expect(again.object).toMatchObject({ webhook: { id: endpoint?.id, state: 'kept' } })
  await stripe(stack, 'POST', `/v1/webhook_endpoints/${endpoint?.id}`, {
    'enabled_events[0]': 'invoice.paid',
    disabled: 'true',
  })
  const mended = await lockstepJson(stack, ['connect', '--yes', '--webhook-url', url()])
  expect(mended.object).toMatchObject({ webhook: { id: endpoint?.id, state: 'mended' } })
  expect(await endpoints()).toMatchObject([
    {
      id: endpoint?.id,
      status: 'enabled',
      enabled_events: [...new Set(['invoice.paid', ...webhookEventTypes])],
    },
  ])
})

test('a secret goes to no file that is there already, and then no endpoint is made', async () => {
  const secretFile = join(folder, 'secret')
  const elsewhere = `${url()}/default`
  const { code, err } = await lockstep(stack, [
    'connect',
    '--yes',
    '--webhook-url',
    elsewhere,
    '--secret-file',
    secretFile,
  ])
  expect([code, err]).toEqual([2, expect.stringContaining('it is there already')])
  expect((await stripe(stack, 'GET', '/v1/webhook_endpoints'))['data']).toHaveLength(1)
})

test('a key of another account is refused with both ids, and nothing is written', async () => {
  stack.sandbox.keys.bind({ key: 'sk_test_foreign0123456789', account: 'acct_foreign' })
  // What Stripe still has to tell of the tests before, and what that leads to, has come to its end.
  let last = ''
  const before = await until(
    'nothing moves',
    async () => {
      const [was, now] = [last, await everything()]
      last = now
      return now === was ? now : null
    },
    { betweenMs: 500 },
  )
  const { code, err } = await lockstep(stack, ['connect', '--yes'], {
    STRIPE_SECRET_KEY: 'sk_test_foreign0123456789',
  })
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/acct_foreign, .*bound to acct_1LockstepSandbox\. Give the key of/),
  ])
  const named = await lockstep(stack, ['connect', '--yes'], {
    STRIPE_ACCOUNT: 'acct_named',
    TENANT_ID: 'fresh',
  })
  expect([named.code, named.err]).toEqual([2, expect.stringMatching(/acct_1LockstepSandbox, .*acct_named/)])
  expect((await everything()) === before).toBe(true)
})

test('a tenant that only observes mirrors Stripe, applies what callers write, and sends nothing', {
  timeout: 180_000,
}, async () => {
  await atRest()
  expect((await lockstep(stack, ['observe'])).code).toBe(0)
  const stripeId = await theirs('seen@x.test')
  const seen = await until('it is here', () => stack.store.findByStripeId(tenantId, stripeId))
  const before = writes()
  const made = await api(stack, 'POST', '/v1/customers', {
    key: 'waits',
    name: 'Waits',
    email: 'waits@x.test',
  })
  expect(made.status).toBe(201)
  await stripe(stack, 'POST', `/v1/customers/${stripeId}`, { name: 'Edited' })
  await until('the edit is here', async () => {
    const { data } = await api(stack, 'GET', `/v1/customers/${seen._id}`)
    return data['name'] === 'Edited'
  })
  const { data } = await api(stack, 'GET', `/v1/customers/${String(made.data['id'])}`)
  expect(data).toMatchObject({ stripe_customer_id: null, sync: { state: 'observing' } })
  // The one write is the edit.
  expect(writes()).toBe(before + 1)
  expect((await lockstep(stack, ['observe', '--off'])).code).toBe(3)
  expect((await lockstep(stack, ['observe', '--off', '--yes'])).code).toBe(0)
  await until(
    'what waited is sent',
    async () => {
      const now = await api(stack, 'GET', `/v1/customers/${String(made.data['id'])}`)
      return now.data['stripe_customer_id'] !== null
    },
    { patienceMs: 60_000 },
  )
})

test('each direction is resumed by itself', async () => {
  await lockstep(stack, ['pause', '--reason', 'a test'])
  const inbound = await lockstepJson(stack, ['resume', '--inbound', '--yes'])
  expect([inbound.code, inbound.object]).toMatchObject([
    3,
    { paused: { inbound: null, outbound: { reason: 'operator' } } },
  ])
  expect((await lockstepJson(stack, ['resume', '--outbound', '--yes'])).code).toBe(0)
})
