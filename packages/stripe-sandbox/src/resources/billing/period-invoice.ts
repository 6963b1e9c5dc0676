/**
 * Owns the invoice of a subscription's period: one line for each item, and what waits for the customer's next invoice.
 * Promises: licensed items are billed for the period that begins, metered ones for what was used in the one that ended; a trial costs
 * nothing. Lines stand as Stripe documents it: what waited, the newest first, then the items, the newest first.
 */
import type { Core } from '../../core.ts'
import type { Origin } from '../../events/emit.ts'
import { wholeList } from '../../http/list-page.ts'
import type { JsonObject } from '../../json.ts'
import { customers } from '../customer/customer-object.ts'
import { secondsFor } from './clock/billing-time.ts'
import { pendingLines, takePendingItems } from './invoice-item-object.ts'
import { insertInvoice } from './invoice-lifecycle.ts'
import { draftInvoice, newLine, withTotals, type Invoice, type InvoiceLine } from './invoice-object.ts'
import { meters, usage } from './meter/meter-object.ts'
import { costOf, type Price } from './price-object.ts'
import { products } from './products.ts'
import { itemsOf, renewedItem, type Subscription, type SubscriptionItem } from './subscription-object.ts'

/** What an invoice is for. */
export type PeriodOf = {
  readonly reason: 'subscription_create' | 'subscription_cycle' | 'upcoming'
  /** A trial: nothing is asked for. */
  readonly free?: boolean
  /** The items as they were in the period that ended: what metered ones are billed for. */
  readonly ended?: readonly SubscriptionItem[]
  /** The subscription is over: only what was used is left to bill. */
  readonly last?: boolean
}

const daySeconds = 86_400
/** How long an invoice that is sent may wait for its payment, if the subscription does not say (days). */
const dueDays = 30

/** Makes the draft of a period; undefined if there is nothing to bill. */
export function periodInvoice(
  core: Core,
  origin: Origin,
  subscription: Subscription,
  period: PeriodOf,
): Invoice | undefined {
  const { realm } = origin
  const made = draftOf(core, origin, subscription, period, itemsOf(realm, subscription.id))
  if (!made) return undefined
  const pending = period.free ? [] : takePendingItems({ core, realm }, made.draft)
  if (period.last && pending.length + made.lines.length === 0) return undefined
  return insertInvoice(core, origin, made.draft, [...pending, ...made.lines])
}

/** The next invoice of a subscription, as things stand; it is kept nowhere, so an id of it leads nowhere. Undefined if there will be none. */
export function upcomingInvoice(
  core: Core,
  origin: Origin,
  subscription: Subscription,
): JsonObject | undefined {
  const { realm } = origin
  const ended = itemsOf(realm, subscription.id)
  const items = ended.map((item) => renewedItem(item, subscription.billing_cycle_anchor))
  const [first] = ended
  const { cancel_at: over } = subscription
  if (!first || (over !== null && over <= first.current_period_end)) return undefined
  const period = { reason: 'upcoming', ended } as const
  const made = draftOf(core, origin, subscription, period, items)
  if (!made) return undefined
  const lines = [...pendingLines({ core, realm }, made.draft), ...made.lines]
  const { id: drawn, ...shown } = withTotals(made.draft, lines)
  const id = core.settings.invoice_upcoming_id === 'absent' ? null : drawn.replace('in_', 'upcoming_in_')
  // Its lines name it as it names itself: there is no invoice of the drawn id.
  const own = lines.map((line) => ({ ...line, invoice: id }))
  return {
    ...(id === null ? {} : { id }),
    ...shown,
    lines: wholeList(own, `/v1/invoices/upcoming/lines?customer=${subscription.customer}`),
  }
}

/** The draft of a period and its lines, nothing of it stored. */
function draftOf(
  core: Core,
  origin: Origin,
  subscription: Subscription,
  period: PeriodOf,
  items: readonly SubscriptionItem[],
): { draft: Invoice; lines: InvoiceLine[] } | undefined {
  const { realm } = origin
  const customer = realm.table(customers).get(subscription.customer)
  const [first] = items
  if (!customer || !first) return undefined
  const now = secondsFor(core, realm, subscription)
  const blank = draftInvoice(
    {
      id: core.newId('in_1', 23),
      account: realm.account,
      billing_reason: period.reason,
      collection_method: subscription.collection_method,
      created: now,
      currency: subscription.currency,
      default_payment_method: null,
      livemode: realm.livemode,
      period_end: first.current_period_start,
      period_start: period.ended?.[0]?.current_period_start ?? first.current_period_start,
      subscription: subscription.id,
    },
    customer,
  )
  const due =
    subscription.collection_method === 'send_invoice'
      ? now + (subscription.days_until_due ?? dueDays) * daySeconds
      : null
  const finalizes =
    period.reason !== 'subscription_create' ? now + core.settings.invoice_finalize_seconds : null
  const draft: Invoice = {
    ...blank,
    auto_advance: true,
    automatically_finalizes_at: finalizes,
    due_date: due,
    next_payment_attempt: subscription.collection_method === 'send_invoice' ? null : finalizes,
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: 'subscription_details',
    },
  }
  return {
    draft,
    lines: items.toReversed().flatMap((item) => lineOf(core, origin, draft, subscription, item, period)),
  }
}

function lineOf(
  core: Core,
  { realm }: Origin,
  invoice: Invoice,
  subscription: Subscription,
  item: SubscriptionItem,
  period: PeriodOf,
): InvoiceLine[] {
  const metered = item.price.recurring?.usage_type === 'metered'
  const ended = period.ended?.find(({ id }) => id === item.id)
  const billed = metered && ended ? ended : item
  const meter = realm.table(meters).get(item.price.recurring?.meter ?? '')
  const { current_period_start: start, current_period_end: end } = billed
  const used =
    meter && ended && subscription.status !== 'trialing'
      ? // Negative usage is billed as none, as Stripe documents.
        Math.max(0, usage(realm, meter, subscription.customer, start, end))
      : 0
  const quantity = metered ? used : (item.quantity ?? 1)
  if (period.last && (!metered || used === 0)) return []
  const name = realm.table(products).get(item.price.product)?.name ?? item.price.product
  const line = newLine({
    id: core.newId('il_1', 23),
    amount: period.free ? 0 : costOf(item.price, quantity),
    currency: invoice.currency,
    description: period.free
      ? `Trial period for ${name}`
      : `${quantity} × ${name} (at ${rateOf(item.price)})`,
    invoice: invoice.id,
    livemode: invoice.livemode,
    metadata: item.metadata,
    period: { end, start },
    price: item.price,
    quantity,
    source: { kind: 'subscription', subscription: subscription.id, subscription_item: item.id },
  })
  return [line]
}

/** What one unit costs, as the lines of an invoice say it: `$10.00 / month`. */
function rateOf({ currency, recurring, unit_amount_decimal: minor }: Price): string {
  const count = recurring?.interval_count ?? 1
  const often = count > 1 ? `every ${count} ${recurring?.interval}s` : recurring?.interval
  return `${amountOf(Number(minor), currency)} / ${often}`
}

function amountOf(minor: number, currency: string): string {
  // One of Stripe's currencies, usdc, is none of ISO's.
  if (currency.length !== 3) return `${(minor / 100).toFixed(2)} ${currency.toUpperCase()}`
  const style = { style: 'currency', currency } as const
  const digits = new Intl.NumberFormat('en', style).resolvedOptions().maximumFractionDigits ?? 2
  const exact = { ...style, minimumFractionDigits: digits, maximumFractionDigits: 12 }
  return new Intl.NumberFormat('en', exact).format(minor / 10 ** digits)
}
