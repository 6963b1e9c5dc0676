import fc from 'fast-check'
import { expect, it } from 'vitest'
import { idOf, isJsonObject, type JsonObject } from '../../src/json.ts'
import { openDirect } from '../support/direct-sandbox.ts'
import { everything, listed, type Everything, textOf } from '../support/everything.ts'
import { subscriptionLivesInAPeriod, subscriptionsIn } from '../support/laws.ts'
import { runs } from '../support/runs.ts'
import { openShop, sequences } from '../support/shop/shop.ts'
import { stock } from '../support/shop/stock.ts'

/** The moves that Stripe documents; a state may also stay. `paused` is not simulated. */
const moves: { readonly [status: string]: readonly string[] } = {
  incomplete: ['active', 'incomplete_expired', 'canceled'],
  trialing: ['active', 'past_due', 'canceled'],
  active: ['past_due', 'unpaid', 'canceled'],
  past_due: ['active', 'unpaid', 'canceled'],
  unpaid: ['active', 'canceled'],
  incomplete_expired: [],
  canceled: [],
}
const first = ['incomplete', 'trialing', 'active']

it('a subscription moves only as documented, ends once, and is in a period while it lives', async () => {
  await fc.assert(
    fc.asyncProperty(
      sequences(
        [
          'customers',
          'neighbours',
          'subscriptions',
          'subscriptions',
          'subscriptions',
          'invoices',
          'clocks',
          'time',
        ],
        {
          max: 40,
        },
      ),
      fc.constantFrom('cancel', 'unpaid', 'past_due'),
      async (sequence, retryEnd) => {
        const sandbox = openDirect()
        sandbox.core.settings.payment_retry_end = retryEnd
        const shop = openShop(sandbox)
        await stock(shop)
        const statuses = new Map(
          subscriptionsIn(await everything(shop.get)).map((one) => [idOf(one), textOf(one['status'])]),
        )
        for (const one of sequence) {
          const { events } = await shop.take(one)
          for (const { type, data } of events) {
            if (!/^customer\.subscription\.(created|updated|deleted)$/.test(type)) continue
            const [id, now] = [idOf(data.object), textOf(data.object['status'])]
            const before = statuses.get(id)
            if (before !== now)
              expect(before === undefined ? first : moves[before], `${type} of ${id}`).toContain(now)
            statuses.set(id, now)
          }
          for (const subscription of subscriptionsIn(await everything(shop.get, ['/v1/events']))) {
            expect(statuses.get(idOf(subscription)), 'was told').toBe(subscription['status'])
            subscriptionLivesInAPeriod(subscription, sandbox.core.clock.seconds())
          }
        }
        sandbox.close()
      },
    ),
    runs(40),
  )
})

it('a customer is entitled to what its live subscriptions brought when they began, renewed or changed', async () => {
  await fc.assert(
    fc.asyncProperty(
      sequences(
        ['customers', 'catalogue', 'subscriptions', 'subscriptions', 'subscriptions', 'invoices', 'time'],
        {
          max: 40,
        },
      ),
      async (sequence) => {
        const sandbox = openDirect()
        const shop = openShop(sandbox)
        await stock(shop)
        const brought = new Map<string, { readonly items: string; readonly features: readonly string[] }>()
        let before = await everything(shop.get, ['/v1/events'])
        for (const one of sequence) {
          await shop.take(one)
          const all = await everything(shop.get, ['/v1/events'])
          for (const subscription of subscriptionsIn(all)) {
            const [id, items] = [idOf(subscription), itemsOf(subscription)]
            if (!['trialing', 'active', 'past_due'].includes(textOf(subscription['status'])))
              brought.delete(id)
            else if (brought.get(id)?.items !== items)
              brought.set(id, { items, features: featuresOf(subscription, before) })
          }
          for (const customer of all.get('/v1/customers?') ?? []) {
            const path = `/v1/entitlements/active_entitlements?customer=${idOf(customer)}`
            const active = (all.get(path) ?? []).map(({ feature }) => textOf(feature)).toSorted()
            const own = subscriptionsIn(all).filter((each) => each['customer'] === customer['id'])
            const due = new Set(own.flatMap((each) => brought.get(idOf(each))?.features ?? []))
            expect(active).toEqual([...due].toSorted())
          }
          before = all
        }
        sandbox.close()
      },
    ),
    runs(40),
  )
})

/** What of its items decides what they bring; a price that was renamed brings the same. */
function itemsOf({ items }: JsonObject): string {
  const rows = isJsonObject(items) ? listed(items['data']) : []
  return JSON.stringify(
    rows.map(({ price, ...row }) => [
      row['id'],
      row['quantity'],
      row['metadata'],
      row['current_period_start'],
      isJsonObject(price) ? idOf(price) : '',
    ]),
  )
}

/** The features of its products, as the shop was before the step that made it look. */
function featuresOf({ items }: JsonObject, all: Everything): string[] {
  const rows = isJsonObject(items) ? listed(items['data']) : []
  return rows.flatMap(({ price }) => {
    const product = isJsonObject(price) ? textOf(price['product']) : ''
    const features = all.get(`/v1/products/${product}/features`) ?? []
    return features.map(({ entitlement_feature: feature }) => (isJsonObject(feature) ? idOf(feature) : ''))
  })
}
