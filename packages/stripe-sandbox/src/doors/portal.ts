/**
 * Owns the page of the billing portal, where the address of a portal session leads.
 * Promises: it shows and does only what the session's configuration allows; what a customer does there has the same events as by API;
 * an address that is unknown or has expired shows nothing.
 */
import type { Core } from '../core.ts'
import type { Origin } from '../events/emit.ts'
import { invoices, type Invoice } from '../resources/billing/invoice-object.ts'
import {
  portalConfigurations,
  portalVisits,
  type PortalVisit,
} from '../resources/billing/portal/portal-object.ts'
import {
  isEnded,
  itemsOf,
  subscriptions,
  type Subscription,
} from '../resources/billing/subscription-object.ts'
import { cancelAtPeriodEnd, endSubscription } from '../resources/billing/subscription-state.ts'
import { customers, type Customer } from '../resources/customer/customer-object.ts'
import { paymentMethods } from '../resources/customer/payment-method-object.ts'
import { updateCustomer } from '../resources/customer/save-customer.ts'
import type { Realm } from '../state/store.ts'
import type { Door, DoorCall } from './door.ts'
import { escaped, page, table, type Page } from './html.ts'

/** A session that is used stays open an hour after the last look, as Stripe documents (milliseconds). */
const usedMs = 3_600_000

type Portal = {
  readonly core: Core
  readonly realm: Realm
  readonly customer: Customer
  readonly visit: PortalVisit
}

/** Show, and what the buttons do: ?action=cancel|resume&subscription=…, ?action=default&payment_method=… */
export const portalDoors: readonly Door[] = [
  {
    method: 'GET',
    path: '/_sandbox/portal/{id}',
    about: 'The page of a billing portal session, where its url points.',
    run: (call) => show(enter(call)),
  },
  {
    method: 'POST',
    path: '/_sandbox/portal/{id}',
    about:
      'What its buttons do: ?action=cancel or resume with &subscription=…, ?action=default with &payment_method=….',
    run: (call) => {
      const portal = enter(call)
      call.core.store.unit(() => act(portal, call.query))
      return show({ ...portal, customer: reread(portal) })
    },
  },
]

function enter({ core, id }: DoorCall): Portal {
  const realm = core.store.realms().find((one) => one.table(portalVisits).get(id))
  const visit = realm?.table(portalVisits).get(id)
  const customer = visit && realm?.table(customers).get(visit.session.customer)
  if (!realm || !visit || !customer || visit.expires <= core.clock.now()) {
    throw new Error('this portal session does not exist or has expired; make a new one')
  }
  realm.table(portalVisits).put({ ...visit, expires: core.clock.now() + usedMs })
  return { core, realm, customer, visit }
}

function reread({ realm, customer }: Portal): Customer {
  return realm.table(customers).get(customer.id) ?? customer
}

function featuresOf({ realm, visit }: Portal) {
  const configuration = realm.table(portalConfigurations).get(visit.session.configuration)
  if (!configuration) throw new Error('bug: a portal session without configuration')
  return configuration.features
}

function act(portal: Portal, query: URLSearchParams): void {
  const { core, realm, customer } = portal
  const origin: Origin = { realm, request: null }
  const features = featuresOf(portal)
  const action = query.get('action')
  if (action === 'default' && features.payment_method_update.enabled) {
    const method = realm.table(paymentMethods).get(query.get('payment_method') ?? '')
    if (method?.customer !== customer.id) throw new Error('no such payment method')
    const settings = { ...customer.invoice_settings, default_payment_method: method.id }
    updateCustomer(core, origin, customer, { ...customer, invoice_settings: settings })
    return
  }
  if ((action !== 'cancel' && action !== 'resume') || !features.subscription_cancel.enabled)
    throw new Error('this portal session does not allow that')
  const subscription = realm.table(subscriptions).get(query.get('subscription') ?? '')
  if (subscription?.customer !== customer.id || isEnded(subscription)) throw new Error('no such subscription')
  if (action === 'cancel' && features.subscription_cancel.mode === 'immediately')
    endSubscription(core, origin, subscription, 'cancellation_requested')
  else cancelAtPeriodEnd(core, origin, subscription, action === 'cancel')
}

function show(portal: Portal): Page {
  const { realm, customer, visit } = portal
  const features = featuresOf(portal)
  const back = visit.session.return_url
  const own = realm.table(invoices).newestFirst(undefined, customer.id)
  const alive = Array.from(realm.table(subscriptions).newestFirst(undefined, customer.id)).filter(
    (one) => !isEnded(one),
  )
  return page(
    `Billing of ${customer.name ?? customer.email ?? customer.id}`,
    [
      back && /^https?:/.test(back) ? `<p><a href="${escaped(back)}">Back</a></p>` : '',
      '<h2>Subscriptions</h2>',
      alive.length === 0 ? '<p class="quiet">None.</p>' : '',
      ...alive.map((one) => subscriptionLine(portal, one)),
      '<h2>Payment methods</h2>',
      ...methodLines(portal),
      features.invoice_history.enabled
        ? `<h2>Invoices</h2>${table(
            ['number', 'status', 'total', 'of'],
            Array.from(own)
              .filter(({ status }) => status !== 'draft')
              .map(invoiceCells),
          )}`
        : '',
    ].join(''),
  )
}

function subscriptionLine(portal: Portal, subscription: Subscription): string {
  const [item] = itemsOf(portal.realm, subscription.id)
  const until = day(item?.current_period_end ?? subscription.created)
  const ends = subscription.cancel_at_period_end
  const text = `${subscription.id}: ${subscription.status}, ${ends ? 'ends' : 'renews'} ${until}`
  const button = featuresOf(portal).subscription_cancel.enabled
    ? form(ends ? 'Keep it' : 'Cancel', {
        action: ends ? 'resume' : 'cancel',
        subscription: subscription.id,
      })
    : ''
  return `<p>${escaped(text)} ${button}</p>`
}

function methodLines(portal: Portal): string[] {
  const { realm, customer } = portal
  const methods = Array.from(realm.table(paymentMethods).newestFirst(undefined, customer.id))
  if (methods.length === 0) return ['<p class="quiet">None.</p>']
  return methods.map((method) => {
    const isDefault = customer.invoice_settings.default_payment_method === method.id
    const last4 = method.card?.['last4']
    const text = `${method.type}${typeof last4 === 'string' ? ` ···· ${last4}` : ''}${isDefault ? ' (default)' : ''}`
    const button =
      isDefault || !featuresOf(portal).payment_method_update.enabled
        ? ''
        : form('Make default', { action: 'default', payment_method: method.id })
    return `<p>${escaped(text)} ${button}</p>`
  })
}

function invoiceCells(invoice: Invoice): string[] {
  const total = `${(invoice.total / 100).toFixed(2)} ${invoice.currency.toUpperCase()}`
  return [invoice.number ?? invoice.id, invoice.status, total, day(invoice.created)]
}

/** The page is its own target: what to do stands in the query, so the body stays empty. */
function form(label: string, query: Record<string, string>): string {
  const target = `?${new URLSearchParams(query).toString()}`
  return `<form method="post" action="${escaped(target)}"><button>${escaped(label)}</button></form>`
}

function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}
