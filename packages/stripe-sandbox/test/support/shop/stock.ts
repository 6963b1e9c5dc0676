/**
 * Owns what a shop has before the random steps begin, so that they meet on something.
 * Promises: two customers (one who can pay, one with a credit whose card declines), plans by the day and the month with
 * a feature, a subscription that was paid, and a draft of an invoice.
 */
import type { Shop } from './shop.ts'
import type { Call, Known, Step } from './step.ts'

const newest = (known: Known, kind: string) => known.get(kind)?.at(-1) ?? ''
const oldest = (known: Known, kind: string) => known.get(kind)?.[0] ?? ''

/** The calls that stock a shop, in their order; each must have succeeded before the next is made. */
export const deliveries: readonly ((known: Known) => Call)[] = [
  () => payer('pm_card_chargeCustomerFail', -300),
  () => payer('pm_card_visa', 0),
  () => ['POST', '/v1/products', { name: 'Plan' }],
  () => ['POST', '/v1/entitlements/features', { name: 'Plus', lookup_key: 'plus' }],
  (known) => [
    'POST',
    `/v1/products/${newest(known, 'product')}/features`,
    { entitlement_feature: newest(known, 'entitlements.feature') },
  ],
  (known) => price(known, 'month'),
  (known) => price(known, 'day'),
  (known) => [
    'POST',
    '/v1/subscriptions',
    { customer: newest(known, 'customer'), items: [{ price: oldest(known, 'price') }] },
  ],
  (known) => item(known, 900),
  (known) => item(known, -100),
  (known) => [
    'POST',
    '/v1/invoices',
    { customer: oldest(known, 'customer'), pending_invoice_items_behavior: 'include' },
  ],
]

/** Stocks a shop. */
export async function stock(shop: Shop): Promise<void> {
  for (const delivery of deliveries) {
    const step: Step = { name: 'stock', call: delivery }
    const { answer } = await shop.take(step)
    if (answer?.status !== 200) throw new Error(`the shop cannot be stocked: ${answer?.text ?? 'no answer'}`)
  }
}

function payer(card: string, balance: number): Call {
  return [
    'POST',
    '/v1/customers',
    { balance, payment_method: card, invoice_settings: { default_payment_method: card } },
  ]
}

function price(known: Known, interval: string): Call {
  const product = newest(known, 'product')
  return ['POST', '/v1/prices', { product, currency: 'usd', unit_amount: 700, recurring: { interval } }]
}

function item(known: Known, amount: number): Call {
  return ['POST', '/v1/invoiceitems', { customer: oldest(known, 'customer'), amount, currency: 'usd' }]
}
