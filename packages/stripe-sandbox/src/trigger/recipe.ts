/**
 * Owns what recipes are written with: the calls that most of them begin with.
 * Promises: each recipe makes whatever it needs, so it works in an empty sandbox and beside anything that is there.
 */
import type { Core } from '../core.ts'
import { createOwnCalls, type OwnCalls } from '../http/own-call.ts'
import { idOf, type JsonObject } from '../json.ts'
import { testClocks } from '../resources/billing/clock/billing-time.ts'
import type { Realm } from '../state/store.ts'

/** The calls that lead to an event. */
export type Recipe = (kit: Kit) => void | Promise<void>

/** What a recipe works with. Everything that makes something gives its id. */
export type Kit = {
  readonly core: Core
  readonly realm: Realm
  readonly post: (path: string, params?: JsonObject) => string
  readonly remove: (path: string) => void
  readonly customer: (more?: JsonObject) => string
  /** A customer with a card to charge: one that works unless another is named. */
  readonly payer: (card?: string, more?: JsonObject) => string
  readonly price: (more?: JsonObject) => string
  readonly subscription: (customer: string, more?: JsonObject) => string
  /** A draft of 15.00 over a customer's one item. */
  readonly invoice: (customer: string, more?: JsonObject) => string
  readonly testClock: () => string
  /** Moves a test clock; resolves when it has arrived. */
  readonly advance: (clock: string, seconds: number) => Promise<void>
}

/** What recipes work with, in a realm. */
export function createKit(core: Core, realm: Realm): Kit {
  const calls: OwnCalls = createOwnCalls(core, realm)
  const post = (path: string, params?: JsonObject) => idOf(calls.post(path, params))
  const customer = (more?: JsonObject) =>
    post('/v1/customers', { name: 'Triggered', email: 'triggered@example.com', ...more })
  const price = (more?: JsonObject) =>
    post('/v1/prices', {
      currency: 'usd',
      unit_amount: 1500,
      recurring: { interval: 'month' },
      ...(more?.['product'] ? {} : { product_data: { name: 'Triggered plan' } }),
      ...more,
    })
  return {
    core,
    realm,
    post,
    customer,
    price,
    remove: (path) => void calls.remove(path),
    payer: (card = 'pm_card_visa', more) =>
      customer({ payment_method: card, invoice_settings: { default_payment_method: card }, ...more }),
    subscription: (of, more) =>
      post('/v1/subscriptions', {
        customer: of,
        ...(more?.['items'] ? {} : { items: [{ price: price() }] }),
        ...more,
      }),
    invoice(of, more) {
      const invoice = post('/v1/invoices', { customer: of, ...more })
      post('/v1/invoiceitems', { customer: of, invoice, amount: 1500, description: 'Triggered item' })
      return invoice
    },
    testClock: () =>
      post('/v1/test_helpers/test_clocks', { frozen_time: core.clock.seconds(), name: 'Triggered' }),
    async advance(clock, seconds) {
      const now = realm.table(testClocks).get(clock)?.frozen_time ?? 0
      post(`/v1/test_helpers/test_clocks/${clock}/advance`, { frozen_time: now + seconds })
      while (realm.table(testClocks).get(clock)?.status === 'advancing') await core.pause(1)
    },
  }
}
