/**
 * Owns what can be expanded on billing objects.
 * Promises: an id becomes the object as the API shows it; one that is gone becomes null.
 */
import { holdNothing, inPlace, type Expanders, type Expansion } from '../../http/expand.ts'
import { wholeList } from '../../http/list-page.ts'
import { idOf, isJsonObject, type Json, type JsonObject } from '../../json.ts'
import type { Realm } from '../../state/store.ts'
import type { Stored, TableKey } from '../../state/table.ts'
import { customers } from '../customer/customer-object.ts'
import { paymentMethods } from '../customer/payment-method-object.ts'
import { testClockExpansion } from './clock/test-clocks.ts'
import { entitlementExpanders } from './entitlement/entitlements.ts'
import { renderInvoice } from './invoice-lifecycle.ts'
import { invoices } from './invoice-object.ts'
import { intentOf } from './paying.ts'
import { charges, invoicePayments, paymentIntents } from './payment-object.ts'
import { portalSessionExpanders } from './portal/sessions.ts'
import { prices } from './price-object.ts'
import { products } from './products.ts'
import { renderSubscription, subscriptions } from './subscription-object.ts'

/** Turns the id of an invoice into the invoice. */
export const invoiceExpansion: Expansion = of(invoices, 'invoice', 'invoice', renderInvoice)

/** By the kind of object, then by member. */
export const billingExpanders: Expanders = {
  'billing_portal.session': portalSessionExpanders,
  'entitlements.active_entitlement': entitlementExpanders,
  charge: {
    ...holdNothing(
      'application',
      'application_fee',
      'balance_transaction',
      'failure_balance_transaction',
      'on_behalf_of',
      'review',
      'source_transfer',
    ),
    billing_details: inPlace,
    customer: ofCustomer('customer'),
    outcome: inPlace,
    payment_intent: of(paymentIntents, 'payment_intent', 'payment_intent', (_realm, { shown }) => shown),
    payment_method_details: inPlace,
  },
  invoice: {
    ...holdNothing(
      'account_tax_ids',
      'application',
      'default_source',
      'discounts',
      'latest_revision',
      'on_behalf_of',
    ),
    confirmation_secret: {
      value: ({ realm, object }) => {
        const secret = intentOf(realm, { id: idOf(object) })?.shown['client_secret']
        return typeof secret === 'string' ? { client_secret: secret, type: 'payment_intent' } : null
      },
    },
    customer: ofCustomer('customer'),
    default_payment_method: of(paymentMethods, 'default_payment_method', 'payment_method'),
    lines: { gives: 'list line_item' },
    parent: inPlace,
    'parent.subscription_details': inPlace,
    'parent.subscription_details.subscription': of(
      subscriptions,
      'parent.subscription_details.subscription',
      'subscription',
      renderSubscription,
    ),
    payments: {
      gives: 'list invoice_payment',
      value: ({ realm, object }) =>
        wholeList(
          Array.from(realm.table(invoicePayments).newestFirst(undefined, idOf(object))),
          `/v1/invoice_payments?invoice=${idOf(object)}`,
        ),
    },
    test_clock: testClockExpansion,
  },
  invoice_payment: {
    invoice: invoiceExpansion,
    payment: inPlace,
    'payment.payment_intent': of(
      paymentIntents,
      'payment.payment_intent',
      'payment_intent',
      (_realm, { shown }) => shown,
    ),
  },
  invoiceitem: {
    ...holdNothing('discounts'),
    customer: ofCustomer('customer'),
    invoice: invoiceExpansion,
    test_clock: testClockExpansion,
  },
  line_item: {
    ...holdNothing('discounts'),
    parent: inPlace,
    pricing: inPlace,
    subscription: of(subscriptions, 'subscription', 'subscription', renderSubscription),
  },
  payment_intent: {
    ...holdNothing('application', 'on_behalf_of', 'payment_record', 'review', 'source'),
    customer: ofCustomer('customer'),
    latest_charge: of(charges, 'latest_charge', 'charge', (_realm, { shown }) => shown),
    payment_method: of(paymentMethods, 'payment_method', 'payment_method'),
  },
  price: { product: of(products, 'product', 'product'), recurring: inPlace },
  product: { ...holdNothing('tax_code'), default_price: of(prices, 'default_price', 'price') },
  subscription: {
    ...holdNothing(
      'application',
      'default_source',
      'discounts',
      'on_behalf_of',
      'pending_setup_intent',
      'schedule',
    ),
    customer: ofCustomer('customer'),
    default_payment_method: of(paymentMethods, 'default_payment_method', 'payment_method'),
    items: { gives: 'list subscription_item' },
    latest_invoice: of(invoices, 'latest_invoice', 'invoice', renderInvoice),
    test_clock: testClockExpansion,
  },
  subscription_item: { ...holdNothing('discounts'), price: { gives: 'price' } },
}

function of<T extends Stored>(
  key: TableKey<T>,
  path: string,
  gives: string,
  render: (realm: Realm, value: T) => JsonObject = (_realm, value) => value,
): Expansion {
  return {
    gives,
    value: ({ realm, object }) => {
      const id = read(object, path)
      const value = typeof id === 'string' ? realm.table(key).get(id) : undefined
      return value ? render(realm, value) : null
    },
  }
}

/** A deleted customer is shown as its stub. */
function ofCustomer(member: string): Expansion {
  return {
    gives: 'customer',
    value: ({ realm, object }) => {
      const id = object[member]
      return typeof id === 'string' ? (realm.table(customers).row(id)?.value ?? null) : null
    },
  }
}

function read(object: JsonObject, path: string): Json | undefined {
  let at: Json | undefined = object
  for (const step of path.split('.')) at = isJsonObject(at) ? at[step] : undefined
  return at
}
