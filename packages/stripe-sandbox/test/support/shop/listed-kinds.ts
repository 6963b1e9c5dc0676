/**
 * Owns the lists that are tried by paging: how an object gets into each, and how it leaves again.
 * Promises: every list that a caller can fill is here, of v1 and of v2.
 */
import { idOf } from '../../../src/json.ts'
import type { DirectSandbox } from '../direct-sandbox.ts'
import type { Form } from '../form.ts'

/** A list in a sandbox of its own. */
export type ListedKind = {
  readonly path: string
  /** Makes one; gives its id. */
  make(): string
  /** Takes it out of the list; undefined where nothing ever leaves. */
  remove?(id: string): void
}

/** By name, each as a way to open it. */
export const listedKinds: { readonly [name: string]: (sandbox: DirectSandbox) => ListedKind } = {
  customers: (sandbox) => plain(sandbox, '/v1/customers', {}),
  coupons: (sandbox) => plain(sandbox, '/v1/coupons', { percent_off: 1 }),
  products: (sandbox) => plain(sandbox, '/v1/products', { name: 'Tea' }),
  'webhook endpoints': (sandbox) =>
    plain(sandbox, '/v1/webhook_endpoints', {
      url: 'http://127.0.0.1:9',
      enabled_events: ['charge.refunded'],
    }),
  'test clocks': (sandbox) => plain(sandbox, '/v1/test_helpers/test_clocks', { frozen_time: 1_922_000_000 }),
  'own tax ids': (sandbox) => plain(sandbox, '/v1/tax_ids', { type: 'us_ein', value: '12-3456789' }),
  'tax ids of a customer': (sandbox) => {
    const path = `/v1/customers/${customerIn(sandbox)}/tax_ids`
    return plain(sandbox, path, { type: 'us_ein', value: '12-3456789' })
  },
  'balance transactions': (sandbox) => {
    const path = `/v1/customers/${customerIn(sandbox)}/balance_transactions`
    return { path, make: () => made(sandbox, path, { amount: 5, currency: 'usd' }) }
  },
  'cash balance transactions': (sandbox) => {
    const customer = customerIn(sandbox)
    const fund = `/v1/test_helpers/customers/${customer}/fund_cash_balance`
    return {
      path: `/v1/customers/${customer}/cash_balance_transactions`,
      make: () => made(sandbox, fund, { amount: 5, currency: 'usd' }),
    }
  },
  'payment methods': (sandbox) => {
    const customer = customerIn(sandbox)
    return {
      path: `/v1/customers/${customer}/payment_methods`,
      make: () => made(sandbox, '/v1/payment_methods/pm_card_visa/attach', { customer }),
      remove: (id) => void made(sandbox, `/v1/payment_methods/${id}/detach`, {}),
    }
  },
  prices: (sandbox) => {
    const product = made(sandbox, '/v1/products', { name: 'Tea' })
    const make = () => made(sandbox, '/v1/prices', { product, currency: 'usd', unit_amount: 5 })
    return { path: `/v1/prices?product=${product}`, make }
  },
  features: (sandbox) => {
    let keys = 0
    const path = '/v1/entitlements/features'
    return { path, make: () => made(sandbox, path, { name: 'A', lookup_key: `key-${keys++}` }) }
  },
  meters: (sandbox) => {
    let names = 0
    const path = '/v1/billing/meters'
    const sum = { display_name: 'A', default_aggregation: { formula: 'sum' } }
    return { path, make: () => made(sandbox, path, { ...sum, event_name: `name-${names++}` }) }
  },
  'invoice items': (sandbox) => {
    const customer = customerIn(sandbox)
    const path = `/v1/invoiceitems?customer=${customer}`
    return { ...plain(sandbox, '/v1/invoiceitems', { customer, amount: 5, currency: 'usd' }), path }
  },
  invoices: (sandbox) => {
    const customer = customerIn(sandbox)
    return { ...plain(sandbox, '/v1/invoices', { customer }), path: `/v1/invoices?customer=${customer}` }
  },
  subscriptions: (sandbox) => {
    const customer = made(sandbox, '/v1/customers', {
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    })
    const price = made(sandbox, '/v1/prices', {
      product_data: { name: 'Plan' },
      currency: 'usd',
      unit_amount: 500,
      recurring: { interval: 'month' },
    })
    return plain(sandbox, '/v1/subscriptions', { customer, items: [{ price }] })
  },
  events: (sandbox) => ({
    path: '/v1/events',
    make: () => {
      made(sandbox, '/v1/products', { name: 'Tea' })
      const newest = sandbox.call('GET', '/v1/events', { limit: 1 }).body['data']
      return Array.isArray(newest) ? idOf(newest[0]) : ''
    },
  }),
}

/** Lists of v2, which page by addresses instead of cursors. */
export const listedKindsOfV2: typeof listedKinds = {
  'event destinations': (sandbox) => {
    const path = '/v2/core/event_destinations'
    return {
      path,
      make: () =>
        made(sandbox, path, {
          name: 'a',
          type: 'webhook_endpoint',
          event_payload: 'thin',
          enabled_events: ['v1.charge.refunded'],
          webhook_endpoint: { url: 'http://127.0.0.1:9' },
        }),
      remove: (id) => void sandbox.call('DELETE', `${path}/${id}`),
    }
  },
  'thin events': (sandbox) => ({
    path: '/v2/core/events',
    make: () => {
      made(sandbox, '/v1/products', { name: 'Tea' })
      const newest = sandbox.call('GET', '/v2/core/events', { limit: 1 }).body['data']
      return Array.isArray(newest) ? idOf(newest[0]) : ''
    },
  }),
}

/** A list that a POST fills and a DELETE empties. */
function plain(sandbox: DirectSandbox, path: string, form: Form): ListedKind {
  return {
    path,
    make: () => made(sandbox, path, form),
    remove: (id) => void sandbox.call('DELETE', `${path}/${id}`),
  }
}

function customerIn(sandbox: DirectSandbox): string {
  return made(sandbox, '/v1/customers', {})
}

function made(sandbox: DirectSandbox, path: string, form: Form): string {
  const { status, text, body } = sandbox.call('POST', path, form)
  if (status !== 200) throw new Error(`POST ${path}: ${text}`)
  return idOf(body)
}
