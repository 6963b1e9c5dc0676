// Commands: what needs a Stripe call of its own is carried out once, whatever becomes of the call (PROTOCOL section 4;
// counterexamples 9, 10, 14, 29, 34, 35, 36).

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OperationBody } from '@lockstep/domain/operation/operation'
import { Crash, openWorld, tenantId, type World } from '../support/world.ts'

const hourMs = 3_600_000
let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

async function linked(): Promise<{ customerId: string; stripeId: string }> {
  const { customerId } = await world.accept({ kind: 'create', key: 'k1', input: { name: 'Ada' } })
  await world.settle()
  return { customerId, stripeId: (await world.customer(customerId)).stripe_id ?? '' }
}

const credit = (amount = -500): OperationBody => ({
  kind: 'credit',
  amount,
  currency: 'eur',
  reason: 'thanks',
})

async function ask(body: OperationBody, customerId: string): Promise<string> {
  return (await world.accept(body, customerId)).operationId
}

async function list(path: string): Promise<Record<string, unknown>[]> {
  return (await world.dashboard('GET', path))['data'] as Record<string, unknown>[]
}

const credits = (stripeId: string) => list(`/v1/customers/${stripeId}/balance_transactions`)
const outcome = async (id: string) => await world.store.readOperation(tenantId, id)
const settings = { doubtGraceMs: hourMs }

test('a credit is made once, is shown in the balance, and its operation tells what Stripe made', async () => {
  const { customerId, stripeId } = await linked()
  const id = await ask(credit(), customerId)
  await world.settle()
  const [made, ...others] = await credits(stripeId)
  expect(others).toEqual([])
  expect(made).toMatchObject({ amount: -500, currency: 'eur', description: 'thanks' })
  const operation = await outcome(id)
  expect(operation).toMatchObject({ status: 'applied', outcome: { code: null } })
  expect(JSON.parse(operation?.outcome?.result ?? '{}')).toMatchObject({
    id: made?.['id'],
    amount: -500,
    ending_balance: -500,
  })
  expect((await world.customer(customerId)).stripe?.balance).toBe(-500)
})

test('a credit that is asked for before the customer is at Stripe follows its create', async () => {
  const { customerId } = await world.accept({ kind: 'create', key: 'k1', input: { name: 'Ada' } })
  const id = await ask(credit(), customerId)
  await world.settle()
  const { stripe_id: stripeId } = await world.customer(customerId)
  expect(await credits(stripeId ?? '')).toHaveLength(1)
  expect(await outcome(id)).toMatchObject({ status: 'applied' })
})

test('several commands are carried out in the order in which they were asked for', async () => {
  const { customerId, stripeId } = await linked()
  for (const amount of [-1, -2, -3, -4]) await ask(credit(amount), customerId)
  await world.settle()
  expect((await credits(stripeId)).map(({ amount }) => amount)).toEqual([-4, -3, -2, -1])
})

describe('where the outcome of a credit is not known', () => {
  const faults = [
    ['its answer is lost', { kind: 'cut', when: 'after' }],
    ['the call is lost', { kind: 'cut', when: 'before' }],
    ['a 500 hides the effect', { kind: 'server_error', when: 'after' }],
    ['a 500 means no effect', { kind: 'server_error', when: 'before' }],
    [
      'a 500 takes effect ten minutes later',
      { kind: 'server_error', when: 'before', roll_forward_ms: 600_000 },
    ],
    ['a proxy fails after the effect', { kind: 'status', status: 503, when: 'after' }],
  ] as const
  test.each(faults)('%s: it is made once', async (_name, action) => {
    const { customerId, stripeId } = await linked()
    world.sandbox.faults.add({
      path: '/v1/customers/{id}/balance_transactions',
      method: 'POST',
      nth: 1,
      action,
    })
    const id = await ask(credit(), customerId)
    for (let hours = 0; hours < 3; hours++) {
      await world.settle()
      await world.pass(hourMs)
    }
    await world.settle()
    expect(await credits(stripeId)).toHaveLength(1)
    expect(await outcome(id)).toMatchObject({ status: 'applied', outcome: { code: null } })
  })

  test('the worker dies after the effect and comes back when Stripe has forgotten the key: it is made once', async () => {
    const { customerId, stripeId } = await linked()
    let calls = 0
    // The first call asks for the account.
    world.restart(({ name, moment }) => name === 'stripe.call' && moment === 'after' && ++calls === 2)
    const id = await ask(credit(), customerId)
    await expect(world.work()).rejects.toThrow(Crash)
    world.restart()
    await world.pass(25 * hourMs)
    await world.settle()
    expect(await credits(stripeId)).toHaveLength(1)
    expect(await outcome(id)).toMatchObject({ status: 'applied' })
  })

  test('nothing else of the customer is sent before it is known', async () => {
    const { customerId, stripeId } = await linked()
    world.sandbox.faults.add({
      path: '/v1/customers/{id}/balance_transactions',
      method: 'POST',
      nth: 1,
      action: { kind: 'server_error', when: 'before' },
    })
    await ask(credit(-1), customerId)
    await ask(credit(-2), customerId)
    await world.work()
    await world.pass(settings.doubtGraceMs / 2)
    await world.work()
    expect(await credits(stripeId)).toEqual([])
    await world.pass(settings.doubtGraceMs)
    await world.settle()
    expect((await credits(stripeId)).map(({ amount }) => amount)).toEqual([-2, -1])
  })
})

test('a credit that Stripe refuses is rejected with its code, and the next one goes on', async () => {
  const { customerId, stripeId } = await linked()
  await ask(credit(-1), customerId)
  await world.settle()
  const refused = await ask({ kind: 'credit', amount: -5, currency: 'usd', reason: null }, customerId)
  const good = await ask(credit(-2), customerId)
  await world.settle()
  expect(await outcome(refused)).toMatchObject({
    status: 'rejected',
    outcome: { code: 'stripe_refused', stripe: { param: 'currency' } },
  })
  expect(await outcome(good)).toMatchObject({ status: 'applied' })
  expect(await credits(stripeId)).toHaveLength(2)
})

test('a command for a customer that has no Stripe customer and wants none is rejected', async () => {
  const { customerId, stripeId } = await linked()
  await world.dashboard('DELETE', `/v1/customers/${stripeId}`)
  await world.settle()
  const id = await ask(credit(), customerId)
  await world.settle()
  expect(await outcome(id)).toMatchObject({ status: 'rejected', outcome: { code: 'not_linked' } })
})

test('a command that waits when the customer ceases to want a Stripe customer is parked', async () => {
  const { customerId } = await world.accept({ kind: 'create', key: 'k1', input: { name: 'Ada' } })
  const id = await ask(credit(), customerId)
  await ask({ kind: 'archive' }, customerId)
  await world.settle()
  expect(await outcome(id)).toMatchObject({ status: 'parked', outcome: { code: 'link_lost' } })
  expect(await world.customer(customerId)).not.toHaveProperty('commands')
})

test('a command in doubt whose customer was deleted at Stripe is parked, and holds nothing up', async () => {
  const { customerId, stripeId } = await linked()
  world.sandbox.faults.add({
    path: '/v1/customers/{id}/balance_transactions',
    method: 'POST',
    nth: 1,
    action: { kind: 'server_error', when: 'before' },
  })
  const id = await ask(credit(), customerId)
  await world.work()
  await world.dashboard('DELETE', `/v1/customers/${stripeId}`)
  for (let hours = 0; hours < 3; hours++) {
    await world.settle()
    await world.pass(hourMs)
  }
  await world.settle()
  expect(await outcome(id)).toMatchObject({ status: 'parked', outcome: { code: 'link_lost' } })
  expect(await world.customer(customerId)).toMatchObject({ state: 'archived', intent: null })
})

describe('payment methods', () => {
  const attach: OperationBody = { kind: 'attach_payment_method', payment_method: 'pm_card_visa' }
  const methods = (stripeId: string) => list(`/v1/customers/${stripeId}/payment_methods`)

  test('one is attached and detached', async () => {
    const { customerId, stripeId } = await linked()
    await ask(attach, customerId)
    await world.settle()
    const [method] = await methods(stripeId)
    expect(method).toMatchObject({ type: 'card' })
    const id = await ask(
      { kind: 'detach_payment_method', payment_method: String(method?.['id']) },
      customerId,
    )
    await world.settle()
    expect(await methods(stripeId)).toEqual([])
    expect(await outcome(id)).toMatchObject({ status: 'applied' })
  })

  test('a card that declines is rejected with Stripe’s code', async () => {
    const { customerId } = await linked()
    const id = await ask(
      { kind: 'attach_payment_method', payment_method: 'pm_card_chargeDeclined' },
      customerId,
    )
    await world.settle()
    expect(await outcome(id)).toMatchObject({
      status: 'rejected',
      outcome: { code: 'stripe_refused', stripe: { code: 'card_declined' } },
    })
  })

  test('a detach that a 500 hid is not repeated before an hour has passed, and found done then', async () => {
    const { customerId, stripeId } = await linked()
    await ask(attach, customerId)
    await world.settle()
    const [method] = await methods(stripeId)
    const detach = '/v1/payment_methods/{id}/detach'
    world.sandbox.faults.add({ path: detach, nth: 1, action: { kind: 'server_error', when: 'after' } })
    const id = await ask(
      { kind: 'detach_payment_method', payment_method: String(method?.['id']) },
      customerId,
    )
    await world.work()
    await world.pass(hourMs / 2)
    await world.work()
    const calls = () => world.sandbox.requests().filter(({ path }) => path.endsWith('/detach')).length
    expect(calls()).toBe(1)
    await world.pass(hourMs)
    await world.settle()
    expect(calls()).toBe(2)
    expect(await outcome(id)).toMatchObject({ status: 'applied' })
  })
})

describe('tax ids', () => {
  const create: OperationBody = { kind: 'create_tax_id', type: 'eu_vat', value: 'DE123456789' }
  const taxIds = (stripeId: string) => list(`/v1/customers/${stripeId}/tax_ids`)

  test('one is created once though a 500 hid it, and deleted though the answer was lost', async () => {
    const { customerId, stripeId } = await linked()
    const path = '/v1/customers/{id}/tax_ids'
    world.sandbox.faults.add({
      path,
      method: 'POST',
      nth: 1,
      action: { kind: 'server_error', when: 'after' },
    })
    const made = await ask(create, customerId)
    await world.settle()
    await world.pass(hourMs)
    await world.settle()
    const [taxId, ...others] = await taxIds(stripeId)
    expect(others).toEqual([])
    expect(await outcome(made)).toMatchObject({ status: 'applied' })
    world.sandbox.faults.add({ method: 'DELETE', nth: 1, action: { kind: 'cut', when: 'after' } })
    const gone = await ask({ kind: 'delete_tax_id', tax_id: String(taxId?.['id']) }, customerId)
    await world.settle()
    expect(await taxIds(stripeId)).toEqual([])
    expect((await outcome(gone))?.status).not.toBe('waiting')
  })

  test('one of the wrong form is rejected with Stripe’s code', async () => {
    const { customerId } = await linked()
    const id = await ask({ kind: 'create_tax_id', type: 'eu_vat', value: 'nonsense' }, customerId)
    await world.settle()
    expect(await outcome(id)).toMatchObject({
      status: 'rejected',
      outcome: { stripe: { code: 'tax_id_invalid' } },
    })
  })
})
