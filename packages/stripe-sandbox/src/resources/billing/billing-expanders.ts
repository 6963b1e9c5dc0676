/**
 * Owns what can be expanded on billing objects.
 * Promises: an id becomes the object as the API shows it; one that is gone becomes null.
 */
import type { Expander, Expanders } from '../../http/expand.ts'
import { wholeList } from '../../http/list-page.ts'
import { idOf, isJsonObject, type Json, type JsonObject } from '../../json.ts'
import type { Realm } from '../../state/store.ts'
import type { Stored, TableKey } from '../../state/table.ts'
import { customers } from '../customer/customer-object.ts'
import { paymentMethods } from '../customer/payment-method-object.ts'
import { testClockExpander } from './clock/test-clocks.ts'
import { entitlementExpanders } from './entitlement/entitlements.ts'
import { renderInvoice } from './invoice-lifecycle.ts'
import { invoices } from './invoice-object.ts'
import { intentOf } from './paying.ts'
import { charges, invoicePayments, paymentIntents } from './payment-object.ts'
import { portalSessionExpanders } from './portal/sessions.ts'
import { prices } from './price-object.ts'
import { products } from './products.ts'
import { renderSubscription, subscriptions } from './subscription-object.ts'

/** By `object`, then by member. */
export const billingExpanders: Expanders = {
  'billing_portal.session': portalSessionExpanders,
  'entitlements.active_entitlement': entitlementExpanders,
  charge: {
    customer: ofCustomer('customer'),
    payment_intent: of(paymentIntents, 'payment_intent', (_realm, { shown }) => shown),
  },
  invoice: {
    confirmation_secret: ({ realm, object }) => {
      const secret = intentOf(realm, { id: idOf(object) })?.shown['client_secret']
      return typeof secret === 'string' ? { client_secret: secret, type: 'payment_intent' } : null
    },
    payments: ({ realm, object }) =>
      wholeList(
        Array.from(realm.table(invoicePayments).newestFirst(undefined, idOf(object))),
        `/v1/invoice_payments?invoice=${idOf(object)}`,
      ),
    test_clock: testClockExpander,
    customer: ofCustomer('customer'),
    default_payment_method: of(paymentMethods, 'default_payment_method'),
    'parent.subscription_details.subscription': of(
      subscriptions,
      'parent.subscription_details.subscription',
      renderSubscription,
    ),
  },
  invoice_payment: {
    invoice: of(invoices, 'invoice', renderInvoice),
    'payment.payment_intent': of(paymentIntents, 'payment.payment_intent', (_realm, { shown }) => shown),
  },
  invoiceitem: { customer: ofCustomer('customer'), invoice: of(invoices, 'invoice', renderInvoice) },
  payment_intent: {
    customer: ofCustomer('customer'),
    latest_charge: of(charges, 'latest_charge', (_realm, { shown }) => shown),
    payment_method: of(paymentMethods, 'payment_method'),
  },
  price: { product: of(products, 'product') },
  product: { default_price: of(prices, 'default_price') },
  subscription: {
    test_clock: testClockExpander,
    customer: ofCustomer('customer'),
    default_payment_method: of(paymentMethods, 'default_payment_method'),
    latest_invoice: of(invoices, 'latest_invoice', renderInvoice),
  },
}

function of<T extends Stored>(
  key: TableKey<T>,
  path: string,
  render: (realm: Realm, value: T) => JsonObject = (_realm, value) => value,
): Expander {
  return ({ realm, object }) => {
    const id = read(object, path)
    const value = typeof id === 'string' ? realm.table(key).get(id) : undefined
    return value ? render(realm, value) : null
  }
}

/** A deleted customer is shown as its stub. */
function ofCustomer(member: string): Expander {
  return ({ realm, object }) => {
    const id = object[member]
    return typeof id === 'string' ? (realm.table(customers).row(id)?.value ?? null) : null
  }
}

function read(object: JsonObject, path: string): Json | undefined {
  let at: Json | undefined = object
  for (const step of path.split('.')) at = isJsonObject(at) ? at[step] : undefined
  return at
}
