// Stripe is busy, broken, silent or says no. What waiting cures only waits and is never parked; a refused value is held
// with its reason while the other fields travel; what waiting cannot cure is parked after five tries (G3, G4, G11).

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { api, type JsonObject, stripe } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { answeredCalls, everCreated } from './support/at-stripe.ts'
import { flat } from './support/evidence.ts'
import { openWitness } from './support/witness.ts'

let stack: Stack
/** Back-off takes its time, so these two are in trouble from the start on, while the other tests run. */
let hopeless: string
let patient: string
beforeAll(async () => {
  stack = await startStack()
  patient = await beginPatient()
  const { id, stripeId } = await created({ key: 'hopeless' })
  hopeless = id
  always({ method: 'GET', path: `/v1/customers/${stripeId}`, action: { kind: 'status', status: 405 } })
  await stripe(stack, 'POST', `/v1/customers/${stripeId}`, { description: 'edited there' })
})
const standing = new Set<string>()
afterEach(() => {
  for (const { id } of stack.sandbox.faults.list()) if (!standing.has(id)) stack.sandbox.faults.remove(id)
})
afterAll(() => stack.close())

function always(rule: object): void {
  standing.add(stack.sandbox.faults.add(rule).id)
}

/** Its update fails six times in a row by what waiting cures. */
async function beginPatient(): Promise<string> {
  const { id, stripeId } = await created({ key: 'patient' })
  const path = `/v1/customers/${stripeId}`
  const failures = [
    { kind: 'status', status: 503, when: 'before' },
    { kind: 'conflict' },
    { kind: 'rate_limit', reason: 'endpoint-rate' },
  ]
  for (const action of failures) always({ method: 'POST', path, times: 2, action })
  await api(stack, 'PATCH', `/v1/customers/${id}`, { name: 'waited' })
  return id
}

const synced = { prefer: 'wait=30; until=synced' }

function syncOf(data: JsonObject): JsonObject {
  return z.record(z.string(), z.unknown()).parse(data['sync'])
}

async function created(input: JsonObject) {
  const { status, data } = await api(stack, 'POST', '/v1/customers', input, { headers: synced })
  expect(status).toBe(201)
  return { id: String(data['id']), stripeId: String(data['stripe_customer_id']), data }
}

async function changed(id: string, input: JsonObject) {
  const { status, data } = await api(stack, 'PATCH', `/v1/customers/${id}`, input, { headers: synced })
  expect(status).toBe(200)
  return data
}

const refusal = (action: object) => ({ kind: 'status', status: 400, when: 'before', ...action })

test('a storm of 429, 409, 502, 503, held locks and silence parks nobody and ends in agreement', async () => {
  const storm = [
    { kind: 'rate_limit', reason: 'global-rate' },
    { kind: 'conflict' },
    { kind: 'status', status: 503, when: 'before' },
    { kind: 'status', status: 502, when: 'after' },
    { kind: 'lock_timeout' },
    { kind: 'cut', when: 'before' },
    { kind: 'cut', when: 'after' },
  ]
  // One rule after the other is asked: together they hit half of all calls, until each has struck six times.
  for (const action of storm) {
    stack.sandbox.faults.add({ path_regex: '^/v1/customers', probability: 0.1, times: 6, action })
  }
  const witness = openWitness(stack, 'storm')
  const ids = await witness.create(12)
  await witness.update(ids)
  await witness.applied()
  for (const id of ids) {
    const data = await until(`${id} is in step`, async () => {
      const answer = await api(stack, 'GET', `/v1/customers/${id}`)
      expect(answer.data['sync']).not.toMatchObject({ state: 'parked' })
      return syncOf(answer.data)['state'] === 'synced' && answer.data
    })
    const seen = await until('Stripe shows it', async () => {
      const path = `/v1/customers/${String(data['stripe_customer_id'])}`
      const answer = await stripe(stack, 'GET', path).catch(() => null)
      return answer?.['object'] === 'customer' && answer
    })
    expect(flat(seen)).toEqual(flat(data))
    expect(await everCreated(stack, id)).toEqual([data['stripe_customer_id']])
  }
  const struck = stack.sandbox.faults.list().filter(({ id }) => !standing.has(id))
  expect(struck.reduce((sum, { applied }) => sum + applied, 0)).toBeGreaterThan(20)
})

test('a value that Stripe refuses is held with its field and code, the others travel, and a new value is tried', async () => {
  stack.sandbox.faults.add({
    method: 'POST',
    path: '/v1/customers',
    times: 1,
    action: refusal({ code: 'phone_odd', param: 'phone' }),
  })
  const input = { key: 'phone', name: 'Phone', phone: '+4930123456', description: 'travels' }
  const { id, stripeId, data } = await created(input)
  expect(data['sync']).toMatchObject({ state: 'synced', held: [{ field: 'phone', reason: 'phone_odd' }] })
  expect(data['phone']).toBe('+4930123456')
  const path = `/v1/customers/${stripeId}`
  expect(await stripe(stack, 'GET', path)).toMatchObject({
    name: 'Phone',
    description: 'travels',
    phone: null,
  })
  // The refused value itself is not sent again, whatever else changes …
  await changed(id, { name: 'Phone 2' })
  expect(await stripe(stack, 'GET', path)).toMatchObject({ name: 'Phone 2', phone: null })
  // … and another one is.
  const after = await changed(id, { phone: '+4930654321' })
  expect(after['sync']).toMatchObject({ held: [] })
  expect(await stripe(stack, 'GET', path)).toMatchObject({ phone: '+4930654321' })
})

test('a refusal of one field of an update holds that field alone', async () => {
  const { id, stripeId } = await created({ key: 'update', name: 'before' })
  const path = `/v1/customers/${stripeId}`
  stack.sandbox.faults.add({
    method: 'POST',
    path,
    times: 1,
    action: refusal({ code: 'odd', param: 'metadata[plan]' }),
  })
  const input = { name: 'after', metadata: { plan: 'pro', seats: '3' } }
  const data = await changed(id, input)
  expect(data['sync']).toMatchObject({ held: [{ field: 'metadata.plan', reason: 'odd' }] })
  const seen = await stripe(stack, 'GET', path)
  expect(seen).toMatchObject({ name: 'after', metadata: { seats: '3' } })
  expect(seen['metadata']).not.toHaveProperty('plan')
})

test('a refusal that names no field is narrowed down, one field a call, until the guilty one stands alone', async () => {
  const { id, stripeId } = await created({ key: 'nameless', name: 'before' })
  const path = `/v1/customers/${stripeId}`
  const before = answeredCalls(stack, 'POST', path).length
  // All fields together, and then the first of them alone.
  stack.sandbox.faults.add({ method: 'POST', path, times: 2, action: refusal({ code: 'odd' }) })
  const input = { name: 'after', description: 'after', phone: '+4930123456' }
  const data = await changed(id, input)
  const { held } = z
    .object({ held: z.array(z.object({ field: z.string(), reason: z.string() })) })
    .parse(data['sync'])
  expect(held).toMatchObject([{ reason: 'odd' }])
  const guilty = held[0]?.field ?? ''
  const expected = Object.fromEntries(Object.entries(input).filter(([field]) => field !== guilty))
  expect(Object.keys(expected)).toHaveLength(2)
  const seen = await stripe(stack, 'GET', path)
  expect(seen).toMatchObject(expected)
  expect(seen).not.toMatchObject(input)
  expect(answeredCalls(stack, 'POST', path)).toHaveLength(before + 4)
})

test('what waiting cannot cure is parked after five tries, shows it, and is not tried again', async () => {
  const parked = await until('it is parked', async () => {
    const { data } = await api(stack, 'GET', `/v1/customers/${hopeless}`)
    return syncOf(data)['state'] === 'parked' && data
  })
  const { sync, stripe_customer_id: stripeId } = parked
  expect(sync).toMatchObject({ last_error: { code: 'status_405' } })
  const refused = () =>
    answeredCalls(stack, 'GET', `/v1/customers/${String(stripeId)}`).filter(({ status }) => status === 405)
  expect(refused()).toHaveLength(5)
  // Everybody else goes on, and this one still takes what callers write.
  expect((await api(stack, 'PATCH', `/v1/customers/${hopeless}`, { name: 'kept' })).data['name']).toBe('kept')
  await created({ key: 'after-the-parked' })
  expect(refused()).toHaveLength(5)
})

test('what waiting cures is waited for, six times in a row as well, and parks nobody', async () => {
  const { stripe_customer_id: stripeId } = await until('it is in step', async () => {
    const { data } = await api(stack, 'GET', `/v1/customers/${patient}`)
    return syncOf(data)['state'] === 'synced' && data
  })
  const path = `/v1/customers/${String(stripeId)}`
  expect(await stripe(stack, 'GET', path)).toMatchObject({ name: 'waited' })
  // The storm of the first test may have struck it on top.
  const answers = answeredCalls(stack, 'POST', path).map(({ status }) => status)
  expect(answers.slice(0, 6)).toEqual([503, 503, 409, 409, 429, 429])
  expect(answers.at(-1)).toBe(200)
})
