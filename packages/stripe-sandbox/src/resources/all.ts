/**
 * Owns the list of resources: a new one is a new file, and a line here.
 * Promises: importing it does nothing but define.
 */
import { holdNothing, inPlace, type Expanders } from '../http/expand.ts'
import type { Route } from '../http/router.ts'
import type { SpecParams } from '../params/from-spec.ts'
import { accountRoutes } from './account.ts'
import { billingExpanders, invoiceExpansion } from './billing/billing-expanders.ts'
import { testClockRoutes } from './billing/clock/test-clocks.ts'
import { couponExpansion, couponRoutes } from './billing/coupons.ts'
import { entitlementRoutes } from './billing/entitlement/entitlements.ts'
import { meterEventRoutes } from './billing/meter/meter-events.ts'
import { meterRoutes } from './billing/meter/meters.ts'
import { invoiceItemRoutes } from './billing/invoice-items.ts'
import { invoiceRoutes } from './billing/invoices.ts'
import { paymentRoutes } from './billing/payments.ts'
import { portalConfigurationRoutes } from './billing/portal/configurations.ts'
import { portalSessionRoutes } from './billing/portal/sessions.ts'
import { priceRoutes } from './billing/prices.ts'
import { productRoutes } from './billing/products.ts'
import { subscriptionRoutes } from './billing/subscriptions.ts'
import { balanceTransactionRoutes } from './customer/balance-transactions.ts'
import { cashBalanceRoutes } from './customer/cash-balance.ts'
import { customerExpanders, customerExpansion, customerRoutes } from './customer/customers.ts'
import { discountRoutes } from './customer/discount.ts'
import { paymentMethodRoutes } from './customer/payment-methods.ts'
import { customerSearchRoutes, searchExpanders } from './customer/search.ts'
import { ownerExpansion, taxIdRoutes } from './customer/tax-ids.ts'
import { eventDestinationRoutes } from './event-destinations.ts'
import { eventRoutes } from './events.ts'
import { thinEventRoutes } from './thin-events.ts'
import { webhookEndpointRoutes } from './webhook-endpoints.ts'

/** Every route of the API. */
export function allRoutes(spec: SpecParams): Route[] {
  return [
    ...accountRoutes(),
    ...customerRoutes(spec),
    ...customerSearchRoutes(spec),
    ...balanceTransactionRoutes(spec),
    ...taxIdRoutes(spec),
    ...paymentMethodRoutes(spec),
    ...cashBalanceRoutes(spec),
    ...discountRoutes(spec),
    ...couponRoutes(),
    ...meterRoutes(),
    ...meterEventRoutes(),
    ...entitlementRoutes(),
    ...portalConfigurationRoutes(),
    ...portalSessionRoutes(spec),
    ...testClockRoutes(),
    ...productRoutes(),
    ...priceRoutes(),
    ...subscriptionRoutes(),
    ...invoiceRoutes(),
    ...invoiceItemRoutes(),
    ...paymentRoutes(),
    ...eventRoutes(spec),
    ...eventDestinationRoutes(),
    ...thinEventRoutes(),
    ...webhookEndpointRoutes(spec),
  ]
}

/** What `expand` can turn into an object. */
export const expanders: Expanders = {
  ...billingExpanders,
  customer: customerExpanders,
  customer_balance_transaction: {
    ...holdNothing('checkout_session', 'credit_note'),
    customer: customerExpansion('customer'),
    invoice: invoiceExpansion,
  },
  customer_cash_balance_transaction: { customer: customerExpansion('customer') },
  discount: {
    ...holdNothing('promotion_code'),
    customer: customerExpansion('customer'),
    source: inPlace,
    'source.coupon': couponExpansion,
  },
  payment_method: {
    billing_details: inPlace,
    'billing_details.address': inPlace,
    card: inPlace,
    customer: customerExpansion('customer'),
    sepa_debit: inPlace,
    us_bank_account: inPlace,
  },
  search_result: searchExpanders,
  tax_id: {
    customer: customerExpansion('customer'),
    ...holdNothing('owner', 'owner.account', 'owner.application'),
    'owner.customer': ownerExpansion,
    verification: inPlace,
  },
}
