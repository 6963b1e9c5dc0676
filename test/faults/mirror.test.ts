// The one-way mirrors: what Stripe holds beside the customer stands here after its events, is told once, and survives whatever
// becomes of the reading (DESIGN section 3).

import type { MirrorKind } from '@lockstep/domain/mirror/kinds'
import { askMirrors } from '@lockstep/worker/mirror/ask-mirrors'
import { refreshMirrors } from '@lockstep/worker/mirror/refresh'
import { openReconciler } from '@lockstep/worker/reconcile/reconciler'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Crash, openWorld, tenantId, type World } from '../support/world.ts'

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

async function mirrored(stripeId: string, kind: MirrorKind): Promise<Record<string, unknown>[]> {
  const found = await world.store.listMirrored({ tenantId, stripeIds: [stripeId], kind, limit: 100 })
  return found.map(({ shown }) => JSON.parse(shown) as Record<string, unknown>)
}

async function told(customerId: string, ...types: string[]): Promise<string[]> {
  const events = await world.store.readEvents(tenantId, 0, 1_000)
  return events
    .filter((event) => event.customer_id === customerId && types.includes(event.type))
    .map(({ type }) => type)
}

const attach = (stripeId: string, method = 'pm_card_visa') =>
  world.dashboard('POST', `/v1/payment_methods/${method}/attach`, { customer: stripeId })

async function monthly(amount = '1000'): Promise<string> {
  const price = await world.dashboard('POST', '/v1/prices', {
    currency: 'usd',
    unit_amount: amount,
    'recurring[interval]': 'month',
    'product_data[name]': 'Pro',
  })
  return String(price['id'])
}

async function list(path: string): Promise<unknown[]> {
  return (await world.dashboard('GET', `${path}?limit=100`))['data'] as unknown[]
}

function ignoreCrash(error: unknown): void {
  if (!(error instanceof Crash)) throw error
}

const added = 'customer.payment_method.added'
const paymentMethods = [{ kind: 'payment_method', id: null }] as const

/** A customer that pays by card, subscribed to a plan. */
async function subscribed() {
  const { customerId, stripeId } = await linked()
  const { id: method } = await attach(stripeId)
  const subscription = await world.dashboard('POST', '/v1/subscriptions', {
    customer: stripeId,
    'items[0][price]': await monthly(),
    default_payment_method: String(method),
  })
  await world.settle()
  return { customerId, stripeId, subscriptionId: String(subscription['id']) }
}

test('a payment method that is attached at Stripe stands here and is told, and so is its end', async () => {
  const { customerId, stripeId } = await linked()
  const { id } = await attach(stripeId)
  await world.settle()
  expect(await mirrored(stripeId, 'payment_method')).toMatchObject([{ id, type: 'card' }])
  await world.dashboard('POST', `/v1/payment_methods/${String(id)}/detach`)
  await world.settle()
  expect(await mirrored(stripeId, 'payment_method')).toEqual([])
  const types = ['customer.payment_method.added', 'customer.payment_method.removed']
  expect(await told(customerId, ...types)).toEqual(types)
})

test('a subscription brings its invoice and its payment, and each change is told once', async () => {
  const { customerId, stripeId, subscriptionId } = await subscribed()
  expect(await mirrored(stripeId, 'subscription')).toMatchObject([{ id: subscriptionId, status: 'active' }])
  expect(await mirrored(stripeId, 'invoice')).toMatchObject([{ status: 'paid', total: 1000 }])
  expect(await mirrored(stripeId, 'payment')).toMatchObject([{ status: 'succeeded', amount: 1000 }])
  expect(await mirrored(stripeId, 'charge')).toMatchObject([{ status: 'succeeded', paid: true }])
  await world.dashboard('DELETE', `/v1/subscriptions/${subscriptionId}`)
  await world.settle()
  expect(await mirrored(stripeId, 'subscription')).toMatchObject([{ status: 'canceled' }])
  expect(await told(customerId, 'subscription.created', 'subscription.deleted', 'invoice.created')).toEqual([
    'subscription.created',
    'invoice.created',
    'subscription.deleted',
  ])
})

test('a tax id, its verification and its end follow Stripe', async () => {
  const { stripeId } = await linked()
  const path = `/v1/customers/${stripeId}/tax_ids`
  const { id } = await world.dashboard('POST', path, { type: 'eu_vat', value: 'DE123456789' })
  await world.settle()
  expect(await mirrored(stripeId, 'tax_id')).toMatchObject([{ id, type: 'eu_vat', value: 'DE123456789' }])
  await world.dashboard('DELETE', `${path}/${String(id)}`)
  await world.settle()
  expect(await mirrored(stripeId, 'tax_id')).toEqual([])
})

test('a credit shows among the transactions and in the balance, wherever it was given', async () => {
  const { customerId, stripeId } = await linked()
  await world.accept({ kind: 'credit', amount: -500, currency: 'eur', reason: null }, customerId)
  await world.settle()
  await world.dashboard('POST', `/v1/customers/${stripeId}/balance_transactions`, {
    amount: '200',
    currency: 'eur',
  })
  await world.settle()
  const amounts = (await mirrored(stripeId, 'balance_transaction')).map(({ amount }) => amount)
  expect(amounts).toEqual([200, -500])
  expect(await told(customerId, 'customer.balance.updated')).toHaveLength(2)
})

test('what a plan entitles to stands here with its feature', async () => {
  const { stripeId } = await linked()
  const feature = await world.dashboard('POST', '/v1/entitlements/features', {
    name: 'API calls',
    lookup_key: 'api_calls',
    'metadata[limit]': '100',
  })
  const product = await world.dashboard('POST', '/v1/products', { name: 'Pro' })
  await world.dashboard('POST', `/v1/products/${String(product['id'])}/features`, {
    entitlement_feature: String(feature['id']),
  })
  const price = await world.dashboard('POST', '/v1/prices', {
    currency: 'usd',
    unit_amount: '0',
    'recurring[interval]': 'month',
    product: String(product['id']),
  })
  await world.dashboard('POST', '/v1/subscriptions', {
    customer: stripeId,
    'items[0][price]': String(price['id']),
  })
  await world.settle()
  expect(await mirrored(stripeId, 'entitlement')).toMatchObject([
    { lookup_key: 'api_calls', feature: { metadata: { limit: '100' } } },
  ])
})

test('many events of one customer are few reads', async () => {
  const { stripeId } = await linked()
  for (let n = 0; n < 5; n++) await attach(stripeId)
  const before = world.sandbox.requests().length
  await world.settle()
  const reads = world.sandbox
    .requests()
    .slice(before)
    .filter(({ path }) => path.startsWith(`/v1/customers/${stripeId}/payment_methods`))
  expect(reads).toHaveLength(1)
})

test('a draft invoice that is deleted is gone here too', async () => {
  const { stripeId } = await linked()
  const { id } = await world.dashboard('POST', '/v1/invoices', { customer: stripeId })
  await world.settle()
  expect(await mirrored(stripeId, 'invoice')).toMatchObject([{ id, status: 'draft' }])
  await world.dashboard('DELETE', `/v1/invoices/${String(id)}`)
  await world.settle()
  expect(await mirrored(stripeId, 'invoice')).toEqual([])
})

describe('whatever becomes of the reading', () => {
  test.each(['before', 'after'] as const)(
    'a worker that dies %s any call loses nothing, tells nothing twice and leaves no gap in the count',
    async (when) => {
      const { customerId, stripeId } = await linked()
      for (let at = 1; at <= 120; at++) {
        // One more once the last is told; until then the worker dies one call later each time.
        const all = await list(`/v1/customers/${stripeId}/payment_methods`)
        if ((await told(customerId, added)).length === all.length) await attach(stripeId)
        world.restart(({ number, moment }) => number === at && moment === when)
        const asking = askMirrors(world.ports, { tenantId, stripeId }, paymentMethods)
        await asking.then(() => world.work()).catch(ignoreCrash)
      }
      world.restart()
      await world.settle()
      const here = await mirrored(stripeId, 'payment_method')
      expect(here).toHaveLength((await list(`/v1/customers/${stripeId}/payment_methods`)).length)
      expect(await told(customerId, added)).toHaveLength(here.length)
      const events = await world.store.readEvents(tenantId, 0, 1_000)
      const counts = events.filter((event) => event.customer_id === customerId).map(({ seq }) => seq)
      expect(counts).toEqual(counts.map((_, index) => index + 1))
    },
  )

  test('Stripe that limits or fails only delays it', async () => {
    const { stripeId } = await linked()
    world.sandbox.faults.add({
      path: '/v1/customers/{id}/payment_methods',
      times: 2,
      action: { kind: 'status', status: 503, when: 'before' },
    })
    const { id } = await attach(stripeId)
    await world.settle()
    expect(await mirrored(stripeId, 'payment_method')).toMatchObject([{ id }])
  })

  test('an older reading never replaces what a newer one has stored', async () => {
    const { stripeId } = await linked()
    const first = await attach(stripeId)
    await world.settle()
    const second = await attach(stripeId, 'pm_card_mastercard')
    let meanwhile: Promise<unknown> | null = null
    const { gate } = world.ports
    world.ports.gate = {
      ...gate,
      async outbound(tenant) {
        const passage = await gate.outbound(tenant)
        if (passage.kind !== 'open') return passage
        const stripe: typeof passage.stripe = {
          ...passage.stripe,
          async call(asked, priority) {
            const answer = await passage.stripe.call(asked, priority)
            // Between the answer to the older reading and its first write a newer reading comes and goes.
            meanwhile ??= readAnew(String(second['id']), stripeId)
            await meanwhile
            return answer
          },
        }
        return { ...passage, stripe }
      },
    }
    const readAnew = async (detached: string, of: string) => {
      world.ports.gate = gate
      await world.dashboard('POST', `/v1/payment_methods/${detached}/detach`)
      await askMirrors(world.ports, { tenantId, stripeId: of }, paymentMethods)
      await world.work()
    }
    await askMirrors(world.ports, { tenantId, stripeId }, paymentMethods)
    await world.work()
    expect(meanwhile).not.toBeNull()
    // The older one cannot know what the newer one saw gone: it had all of it asked for again.
    await world.settle()
    expect(await mirrored(stripeId, 'payment_method')).toMatchObject([{ id: first['id'] }])
  })
})

test('of two readings at once the older gives way, and both come to an end', async () => {
  const { stripeId } = await linked()
  await attach(stripeId)
  await askMirrors(world.ports, { tenantId, stripeId }, paymentMethods)
  const { gate } = world.ports
  let calls = 0
  const waiting: (() => void)[] = []
  let readers = 2
  // Neither is answered before the other has asked: as close beside each other as they can be.
  const together = () => {
    if (waiting.length < readers) return
    for (const go of waiting.splice(0)) go()
  }
  world.ports.gate = {
    ...gate,
    async outbound(tenant) {
      const passage = await gate.outbound(tenant)
      if (passage.kind !== 'open') return passage
      const stripe: typeof passage.stripe = {
        ...passage.stripe,
        async call(asked, priority) {
          if (++calls > 20) throw new Error('they never end')
          await new Promise<void>((go) => {
            waiting.push(go)
            together()
          })
          return await passage.stripe.call(asked, priority)
        },
      }
      return { ...passage, stripe }
    },
  }
  const read = async () => {
    const outcome = await refreshMirrors(world.ports, { tenantId, stripeId })
    readers--
    together()
    return outcome
  }
  expect((await Promise.all([read(), read()])).toSorted()).toEqual(['mirrored', 'waiting'])
  expect(await mirrored(stripeId, 'payment_method')).toHaveLength(1)
  expect((await world.store.readMirrorAsks(tenantId, stripeId))?.asks).toEqual([])
})

test('a Stripe customer that is taken in brings along what it had, of which no event came', async () => {
  const { id } = await world.dashboard('POST', '/v1/customers', { name: 'Grace' })
  const { id: method } = await attach(String(id))
  await world.deliver((events) =>
    events.filter((event) => JSON.stringify(event).includes('"type":"customer.created"')),
  )
  await world.work()
  expect(await mirrored(String(id), 'payment_method')).toMatchObject([{ id: method }])
})

test('a pass repairs what no event told of', async () => {
  const { stripeId } = await linked()
  await attach(stripeId)
  await world.settle()
  const { id } = await attach(stripeId)
  // Neither a webhook nor the list ever brought its event.
  const reconciler = openReconciler(world.ports, { everyMs: 1 })
  for (let steps = 0; steps < 20 && (await reconciler.step(tenantId)) !== 'done'; steps++) await world.work()
  await world.work()
  expect((await mirrored(stripeId, 'payment_method')).map((each) => each['id'])).toContain(id)
})

test('a customer that was erased leaves no mirror behind, and no late event brings one back', async () => {
  const { customerId, stripeId, subscriptionId } = await subscribed()
  await world.dashboard('DELETE', `/v1/subscriptions/${subscriptionId}`)
  await world.settle()
  await world.dashboard('POST', `/v1/customers/${stripeId}`, { name: 'Ada Lovelace' })
  await attach(stripeId)
  await world.accept({ kind: 'delete' }, customerId)
  await world.accept({ kind: 'purge', erase: true }, customerId)
  await world.work()
  await world.settle()
  for (const kind of ['subscription', 'invoice', 'payment', 'payment_method'] as const)
    expect(await mirrored(stripeId, kind), kind).toEqual([])
})
