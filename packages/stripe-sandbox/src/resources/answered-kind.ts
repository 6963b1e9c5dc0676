/**
 * Owns which kind of object a route answers, as far as `expand` needs to know it.
 * Promises: read from the path alone, so that a route need not say it; a route of an unknown kind has nothing to expand.
 */
import type { Route } from '../http/router.ts'

/** By the last words of a path; the longer one wins where a word alone would say two things. */
const kinds: { readonly [words: string]: string } = {
  active_entitlements: 'entitlements.active_entitlement',
  balance_transactions: 'customer_balance_transaction',
  cash_balance: 'cash_balance',
  cash_balance_transactions: 'customer_cash_balance_transaction',
  charges: 'charge',
  configurations: 'billing_portal.configuration',
  coupons: 'coupon',
  customers: 'customer',
  discount: 'discount',
  'entitlements features': 'entitlements.feature',
  event_summaries: 'billing.meter_event_summary',
  events: 'event',
  invoice_payments: 'invoice_payment',
  invoiceitems: 'invoiceitem',
  invoices: 'invoice',
  lines: 'line_item',
  meters: 'billing.meter',
  payment_intents: 'payment_intent',
  payment_methods: 'payment_method',
  prices: 'price',
  'products features': 'product_feature',
  products: 'product',
  sessions: 'billing_portal.session',
  subscription_items: 'subscription_item',
  subscriptions: 'subscription',
  tax_ids: 'tax_id',
  test_clocks: 'test_helpers.test_clock',
  webhook_endpoints: 'webhook_endpoint',
}

/** The kind, with `list` or `search_result` before it where many are answered. */
export function answeredKind({ method, path }: Pick<Route, 'method' | 'path'>): string {
  const words = path.split('/').filter((part) => part !== '' && !part.startsWith('{'))
  const found = words.flatMap((word, index) => kinds[`${words[index - 1]} ${word}`] ?? kinds[word] ?? [])
  const kind = found.at(-1) ?? ''
  if (path.endsWith('/search')) return `search_result ${kind}`
  const many = method === 'GET' && words.at(-1)?.endsWith('s') === true && !path.endsWith('}')
  return many ? `list ${kind}` : kind
}
