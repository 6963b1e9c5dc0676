// Two Stripe customers of one person: found, shown, and merged only by a person who saw what it would do (G2, G10).

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { api, stripe } from '../support/api.ts'
import { lockstep, lockstepJson } from '../support/lockstep.ts'
import { atRest, type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

const tenantId = 'default'
let stack: Stack
let made = 0
beforeAll(async () => {
  stack = await startStack({ measured: true })
})
afterAll(() => stack.close())
beforeEach(() => {
  made++
})

interface Pair {
  id: string
  linked: string
  double: string
}

async function created(name: string, email: string): Promise<{ id: string; stripeId: string }> {
  const headers = { prefer: 'wait=20; until=synced' }
  const key = `${name}-${made}`
  const { data } = await api(stack, 'POST', '/v1/customers', { key, name, email }, { headers })
  return { id: String(data['id']), stripeId: String(data['stripe_customer_id']) }
}

/** A customer of ours, and a second Stripe customer that carries its mark: noticed by its event. */
async function doubled(): Promise<Pair> {
  const { id, stripeId: linked } = await created('double', `double-${made}@x.test`)
  const answer = await stripe(stack, 'POST', '/v1/customers', { name: 'Double', 'metadata[lockstep_id]': id })
  const double = String(answer['id'])
  await until('the double is on record', async () =>
    (await stack.store.readCustomer({ tenantId, customerId: id }))?.duplicate_stripe_ids?.includes(double),
  )
  await atRest(stack)
  return { id, linked, double }
}

/** What Stripe tells last has been taken in. */
function noticed() {
  return until('the last event is done', async () => {
    const { data } = await stripe(stack, 'GET', '/v1/events?limit=1')
    const [last] = data as { id: string }[]
    const event = await stack.store.readStripeEvent(tenantId, last?.id ?? '')
    return event !== null && event.done_at !== null
  })
}

const read = (customerId: string) => stack.store.readCustomer({ tenantId, customerId })
const merge = (keep: string, lose: string, ...flags: string[]) =>
  lockstepJson(stack, ['duplicates', 'merge', '--keep', keep, '--lose', lose, ...flags])
const shown = (id: string) => stripe(stack, 'GET', `/v1/customers/${id}`)

/** Our documents, and Stripe's writes. */
async function everything() {
  const docs = await stack.store.scanCustomers(tenantId, null, 1000)
  return JSON.stringify([docs, stack.sandbox.requests().filter(({ method }) => method !== 'GET').length])
}

test('a double is listed, and shown to callers as a conflict', async () => {
  const { id, linked, double } = await doubled()
  const { object } = await lockstepJson(stack, ['duplicates'])
  expect(object).toMatchObject({ duplicates: [{ kind: 'double', customer: id, stripe: [linked, double] }] })
  expect((await api(stack, 'GET', `/v1/customers/${id}`)).data).toMatchObject({ sync: { state: 'conflict' } })
  // A second look at it, by a whole pass, finds it again and asks for nothing.
  const calls = stack.sandbox.requests().length
  const repaired = await lockstepJson(stack, ['repair', '--watch'])
  expect(repaired.object).toMatchObject({ counts: { duplicated: 1, extra: 0 } })
  const paths = stack.sandbox
    .requests()
    .slice(calls)
    .map(({ method, path }) => `${method} ${path}`)
  expect(
    paths.filter(
      (path) => path !== 'GET /v1/customers' && path !== 'GET /v1/account' && path !== 'GET /v1/events',
    ),
  ).toEqual([])
  // Deleted by hand, it is none any more.
  await stripe(stack, 'DELETE', `/v1/customers/${double}`)
  await until('it is off the record', async () => (await read(id))?.duplicate_stripe_ids === undefined)
  await until('the conflict is over', async () => {
    const { data } = await api(stack, 'GET', `/v1/customers/${id}`)
    return (data['sync'] as { state: string }).state === 'synced'
  })
})

test('a dry run shows what hangs on the loser and writes nothing; the merge leaves it marked, for good', {
  // Seven commands, each a process: seconds on a machine of its own.
  timeout: 180_000,
}, async () => {
  const { id, linked, double } = await doubled()
  await stripe(stack, 'POST', `/v1/customers/${double}/balance_transactions`, {
    amount: '-500',
    currency: 'usd',
  })
  await noticed()
  const before = await everything()
  const dry = await merge(linked, double, '--dry-run')
  expect([dry.code, dry.object]).toMatchObject([
    0,
    {
      merged: false,
      plan: 'forget',
      survivor: { customer: id },
      hangs_on_loser: { balance: -500 },
      refusals: [],
    },
  ])
  // Nobody agreed.
  expect((await lockstep(stack, ['duplicates', 'merge', '--keep', linked, '--lose', double])).code).toBe(3)
  expect((await everything()) === before).toBe(true)

  expect(await merge(linked, double, '--yes')).toMatchObject({ code: 0, object: { merged: true } })
  expect(await shown(double)).toMatchObject({ balance: -500, metadata: { lockstep_merged_into: linked } })
  expect((await shown(double))['metadata']).not.toHaveProperty('lockstep_id')
  const doc = await read(id)
  expect(doc).toMatchObject({ stripe_id: linked, former_stripe_ids: [double] })
  expect(doc?.duplicate_stripe_ids).toBeUndefined()
  await until('the conflict is over', async () => {
    const { data } = await api(stack, 'GET', `/v1/customers/${id}`)
    return (data['sync'] as { state: string }).state === 'synced'
  })

  // Whatever happens to it there, it never becomes a customer here again: not by an event, not by a pass.
  await stripe(stack, 'POST', `/v1/customers/${double}`, { name: 'Back again' })
  await lockstepJson(stack, ['repair', '--watch'])
  await atRest(stack)
  expect(await stack.store.findByStripeId(tenantId, double)).toBeNull()
  expect((await lockstepJson(stack, ['verify'])).object).toMatchObject({ agreed: true })
  // The same again changes nothing.
  const settled = await read(id)
  expect(await merge(linked, double, '--yes')).toMatchObject({ code: 0, object: { plan: 'remark' } })
  expect(await read(id)).toEqual(settled)
})

test('the double may be the one that stays: ours goes to it, and both sides agree again', async () => {
  const { id, linked, double } = await doubled()
  await stripe(stack, 'POST', `/v1/customers/${double}`, { phone: '+4930123' })
  expect(await merge(double, linked, '--yes')).toMatchObject({ code: 0, object: { plan: 'relink' } })
  await until('it was looked at', async () => {
    const { data } = await api(stack, 'GET', `/v1/customers/${id}`)
    return data['stripe_customer_id'] === double && data['phone'] === '+4930123'
  })
  await atRest(stack)
  expect(await read(id)).toMatchObject({ stripe_id: double, former_stripe_ids: [linked] })
  expect(await shown(double)).toMatchObject({ name: 'double', metadata: { lockstep_id: id } })
  expect((await shown(linked))['metadata']).not.toHaveProperty('lockstep_id')
})

test('nothing that hangs on the loser is deleted, unless somebody says so', async () => {
  const { id, linked, double } = await doubled()
  await stripe(stack, 'POST', `/v1/customers/${double}/balance_transactions`, {
    amount: '-500',
    currency: 'usd',
  })
  const refused = await merge(linked, double, '--delete', '--yes')
  expect([refused.code, refused.object]).toMatchObject([
    3,
    { merged: false, refusals: [expect.stringMatching(/balance of -500/)] },
  ])
  expect(await shown(double)).not.toHaveProperty('deleted')
  expect((await merge(linked, double, '--delete', '--force', '--yes')).code).toBe(0)
  expect(await shown(double)).toMatchObject({ deleted: true })
  await atRest(stack)
  expect(await read(id)).toMatchObject({ state: 'active', stripe_id: linked, former_stripe_ids: [double] })
})

test('two of ours that share an e-mail are listed; one ends only if callers are said to know', async () => {
  const email = `shared-${made}@x.test`
  const one = await created('one', email)
  const answer = await stripe(stack, 'POST', '/v1/customers', { name: 'Other', email })
  const other = await until('it is here', () => stack.store.findByStripeId(tenantId, String(answer['id'])))
  await atRest(stack)
  const { object } = await lockstepJson(stack, ['duplicates'])
  const { duplicates } = object as { duplicates: object[] }
  expect(duplicates).toContainEqual({
    kind: 'email',
    email,
    customers: [expect.objectContaining({ id: one.id }), expect.objectContaining({ id: other._id })],
  })
  await api(stack, 'PATCH', `/v1/customers/${other._id}`, { description: 'written to' })
  await atRest(stack)
  const refused = await merge(one.stripeId, other.stripe_id ?? '', '--yes')
  expect([refused.code, refused.object]).toMatchObject([
    3,
    { plan: 'absorb', refusals: [expect.stringMatching(/callers have written/)] },
  ])
  expect((await merge(one.stripeId, other.stripe_id ?? '', '--absorb', '--yes')).code).toBe(0)
  expect((await api(stack, 'GET', `/v1/customers/${other._id}`)).status).toBe(404)
  expect(await read(other._id)).toMatchObject({ tombstone: { merged_into: one.id } })
  await atRest(stack)
  expect((await lockstepJson(stack, ['verify'])).object).toMatchObject({ agreed: true })
})

test('a loser that has a double of its own is refused until that is merged', async () => {
  const [one, other] = [
    await created('one', `keeps-${made}@x.test`),
    await created('other', `loses-${made}@x.test`),
  ]
  const answer = await stripe(stack, 'POST', '/v1/customers', {
    name: 'Double',
    'metadata[lockstep_id]': other.id,
  })
  const double = String(answer['id'])
  await until('the double is on record', async () =>
    (await read(other.id))?.duplicate_stripe_ids?.includes(double),
  )
  await atRest(stack)
  const refused = await merge(one.stripeId, other.stripeId, '--absorb', '--yes')
  expect([refused.code, refused.object]).toMatchObject([
    3,
    { refusals: [expect.stringContaining(`${double}: merge them into it first`)] },
  ])
  expect((await merge(other.stripeId, double, '--yes')).code).toBe(0)
  await atRest(stack)
  expect((await merge(one.stripeId, other.stripeId, '--absorb', '--yes')).code).toBe(0)
  await atRest(stack)
  expect((await lockstepJson(stack, ['verify'])).object).toMatchObject({ agreed: true })
})

test('a Stripe customer of a third one is never taken', async () => {
  const [one, third] = [
    await created('one', `one-${made}@x.test`),
    await created('third', `third-${made}@x.test`),
  ]
  const answer = await stripe(stack, 'POST', '/v1/customers', {
    name: 'Double',
    'metadata[lockstep_id]': third.id,
  })
  const refused = await merge(one.stripeId, String(answer['id']), '--yes')
  expect([refused.code, refused.object]).toMatchObject([
    3,
    { refusals: [expect.stringMatching(/a third one/)] },
  ])
  await stripe(stack, 'DELETE', `/v1/customers/${String(answer['id'])}`)
})
