// A wrong key, a swapped account, a foreign event, a mass deletion: the tenant is paused with the reason, nothing is changed
// on either side, and once a person has put it right and lifted the pause it goes on (G10, G12).

import Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { pausesOf, resumeTenant } from '@lockstep/cli/tenant/resume-tenant'
import type { Pause } from '@lockstep/domain/store/tenant'
import { api, stripe } from '../support/api.ts'
import { atRest, type Stack, startStack, stripeKey, webhookSecret } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { openWitness, type Witness } from './support/witness.ts'

const stranger = 'acct_1SomebodyElse'
/** Archives and overwrites in an hour until the brake holds. */
const brakeLeast = 3

let stack: Stack
let witness: Witness
beforeAll(async () => {
  stack = await startStack({ workerEnv: { BRAKE_SHARE: '0', BRAKE_LEAST: String(brakeLeast) } })
  witness = openWitness(stack, 'account')
})
afterAll(() => stack.close())

/** What the sandbox knows of the worker's key from now on; null: nothing special. */
async function bindKey(to: { account?: string; state?: string } | null): Promise<void> {
  const url = `${stack.sandbox.url}/_sandbox/accounts`
  const response = to
    ? await fetch(url, { method: 'POST', body: JSON.stringify({ key: stripeKey, ...to }) })
    : await fetch(`${url}/${stripeKey}`, { method: 'DELETE' })
  expect(response.status).toBe(200)
}

async function tenant() {
  const found = await stack.store.readTenant('default')
  if (!found) throw new Error('no tenant')
  return found
}

function paused(reason: Pause['reason']) {
  return until(
    `the tenant is paused: ${reason}`,
    async () => (await tenant()).paused_outbound?.reason === reason,
  )
}

async function resume(): Promise<void> {
  const shown = pausesOf(await tenant())
  if (!shown) throw new Error('nothing is paused')
  expect(await resumeTenant(stack.store, 'default', shown)).toBeNull()
}

/** Until the customer shows that its tenant is paused. */
function showsPause(id: string) {
  return until(`${id} shows the pause`, async () => {
    const { data } = await api(stack, 'GET', `/v1/customers/${id}`)
    return z.object({ state: z.string() }).safeParse(data['sync']).data?.state === 'paused'
  })
}

const callsTo = (account: string) => stack.sandbox.requests().filter((request) => request.account === account)

describe('a key of another account', () => {
  test('that a worker starts with is found before anything is sent: the tenant pauses', async () => {
    const ids = await witness.create(2)
    await witness.sound()
    const known = await stack.store.scanCustomers('default', null, 10)
    await stack.workers[0]?.kill()
    await bindKey({ account: stranger })
    const waiting = await witness.create(2)
    await witness.update(ids)
    await stack.workers[0]?.start()
    await paused('wrong_account')
    expect((await tenant()).paused_inbound?.reason).toBe('wrong_account')
    // Acknowledged work is applied here all the same, and shows why it goes no further.
    for (const id of [...waiting, ...ids]) await showsPause(id)
    expect(callsTo(stranger).every(({ method, path }) => method === 'GET' && path === '/v1/account')).toBe(
      true,
    )
    const after = await stack.store.scanCustomers('default', null, 10)
    for (const { _id, state, stripe_id } of known) {
      expect(after.find((doc) => doc._id === _id)).toMatchObject({ state, stripe_id })
    }
    await bindKey(null)
    await resume()
    await witness.sound()
  })

  test('that a running worker comes to hold is found at the first 404, and nothing is closed or changed', async () => {
    const [id = ''] = await witness.create(1)
    await witness.sound()
    await bindKey({ account: stranger })
    await witness.update([id])
    await paused('wrong_account')
    const doc = await stack.store.readCustomer({ tenantId: 'default', customerId: id })
    expect(doc).toMatchObject({ state: 'active', intent: { kind: 'update' }, former_stripe_ids: [] })
    expect(callsTo(stranger).filter(({ status, method }) => method === 'POST' && status < 400)).toEqual([])
    await bindKey(null)
    await resume()
    await witness.sound()
  })
})

test('a revoked key pauses what goes out, with the reason; webhooks are still taken in', async () => {
  const [id = ''] = await witness.create(1)
  await witness.sound()
  await bindKey({ state: 'revoked' })
  await witness.update([id])
  await paused('key_refused')
  const { paused_outbound: pause, paused_inbound: inbound } = await tenant()
  expect(pause?.detail).toContain('401')
  expect(inbound).toBeNull()
  await showsPause(id)
  await bindKey(null)
  await resume()
  await witness.sound()
})

test('an event of the other mode, or of another account, is refused at the door and leaves no trace', async () => {
  // It speaks of no customer: nothing but its acceptance is at stake.
  const event = (id: string, more: object) => ({
    id,
    object: 'event',
    type: 'product.created',
    created: Math.floor(Date.now() / 1000),
    livemode: false,
    data: { object: { id: 'prod_x', object: 'product' } },
    request: null,
    ...more,
  })
  expect(await post(event('evt_live', { livemode: true }))).toBe(400)
  expect(await post(event('evt_foreign', { account: stranger }))).toBe(400)
  expect(await post(event('evt_ours', {}))).toBe(200)
  expect(await stack.store.readStripeEvent('default', 'evt_live')).toBeNull()
  expect(await stack.store.readStripeEvent('default', 'evt_foreign')).toBeNull()
  expect(await stack.store.readStripeEvent('default', 'evt_ours')).not.toBeNull()
})

test('more deletions at Stripe than an ordinary hour has pause the tenant, and a person may let them pass', async () => {
  const pairs = await witness.pairs(2 * brakeLeast)
  const ids = pairs.map(({ id }) => id)
  await witness.sound()
  for (const { stripeId } of pairs) await stripe(stack, 'DELETE', `/v1/customers/${stripeId}`)
  await paused('brake')
  expect((await tenant()).paused_inbound?.reason).toBe('brake')
  const archived = async () =>
    (await stack.store.scanCustomers('default', null, 100)).filter(({ state }) => state === 'archived').length
  // The brake may have been pulled while the last one that it let through was still being written.
  await until('those it let through are archived', async () => (await archived()) >= brakeLeast)
  // What callers write to the others is still applied, and archives nobody: the rest waits for a person.
  const spared = (await stack.store.scanCustomers('default', null, 100)).filter(
    ({ _id, state }) => ids.includes(_id) && state === 'active',
  )
  expect(spared).toHaveLength(ids.length - brakeLeast)
  await witness.update(spared.map(({ _id }) => _id))
  await witness.applied()
  expect(await archived()).toBe(brakeLeast)
  await resume()
  await until('the rest is archived', async () => (await archived()) === ids.length)
  await atRest(stack)
})

async function post(event: unknown): Promise<number> {
  const payload = JSON.stringify(event)
  const signing = new Stripe('sk_test_x').webhooks
  const signature = signing.generateTestHeaderString({ payload, secret: webhookSecret })
  const headers = { 'content-type': 'application/json', 'stripe-signature': signature }
  const url = `${stack.gateways[0]?.url}/webhooks/stripe`
  return (await fetch(url, { method: 'POST', headers, body: payload })).status
}
