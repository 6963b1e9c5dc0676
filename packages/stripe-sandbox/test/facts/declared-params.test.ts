import { describe, expect, it } from 'vitest'
import { openSpec } from '../../src/params/from-spec.ts'
import type { Param } from '../../src/params/param.ts'
import { allRoutes } from '../../src/resources/all.ts'
import { declarationsOf, resolved, splitUnion, type Scope } from '../support/declarations.ts'

/** Where the official client declares what may be sent, by verb and path; other routes take nothing but `expand`. */
const declared: { readonly [route: string]: readonly [file: string, name: string] } = {
  'GET /v1/billing/meters': ['Billing/Meters', 'MeterListParams'],
  'GET /v1/billing/meters/{id}/event_summaries': ['Billing/Meters', 'MeterListEventSummariesParams'],
  'GET /v1/billing_portal/configurations': ['BillingPortal/Configurations', 'ConfigurationListParams'],
  'GET /v1/charges': ['Charges', 'ChargeListParams'],
  'GET /v1/coupons': ['Coupons', 'CouponListParams'],
  'GET /v1/customers': ['Customers', 'CustomerListParams'],
  'GET /v1/customers/search': ['Customers', 'CustomerSearchParams'],
  'GET /v1/customers/{id}/balance_transactions': ['Customers', 'CustomerListBalanceTransactionsParams'],
  'GET /v1/customers/{id}/cash_balance_transactions': [
    'Customers',
    'CustomerListCashBalanceTransactionsParams',
  ],
  'GET /v1/customers/{id}/payment_methods': ['Customers', 'CustomerListPaymentMethodsParams'],
  'GET /v1/customers/{id}/tax_ids': ['Customers', 'CustomerListTaxIdsParams'],
  'GET /v1/entitlements/active_entitlements': [
    'Entitlements/ActiveEntitlements',
    'ActiveEntitlementListParams',
  ],
  'GET /v1/entitlements/features': ['Entitlements/Features', 'FeatureListParams'],
  'GET /v1/events': ['Events', 'EventListParams'],
  'GET /v1/invoice_payments': ['InvoicePayments', 'InvoicePaymentListParams'],
  'GET /v1/invoiceitems': ['InvoiceItems', 'InvoiceItemListParams'],
  'GET /v1/invoices': ['Invoices', 'InvoiceListParams'],
  'GET /v1/invoices/{id}/lines': ['Invoices', 'InvoiceListLineItemsParams'],
  'GET /v1/payment_intents': ['PaymentIntents', 'PaymentIntentListParams'],
  'GET /v1/payment_intents/{id}': ['PaymentIntents', 'PaymentIntentRetrieveParams'],
  'GET /v1/payment_methods': ['PaymentMethods', 'PaymentMethodListParams'],
  'GET /v1/prices': ['Prices', 'PriceListParams'],
  'GET /v1/products': ['Products', 'ProductListParams'],
  'GET /v1/products/{product}/features': ['Products', 'ProductListFeaturesParams'],
  'GET /v1/subscription_items': ['SubscriptionItems', 'SubscriptionItemListParams'],
  'GET /v1/subscriptions': ['Subscriptions', 'SubscriptionListParams'],
  'GET /v1/tax_ids': ['TaxIds', 'TaxIdListParams'],
  'GET /v1/test_helpers/test_clocks': ['TestHelpers/TestClocks', 'TestClockListParams'],
  'GET /v1/webhook_endpoints': ['WebhookEndpoints', 'WebhookEndpointListParams'],
  'GET /v2/core/event_destinations': ['V2/Core/EventDestinations', 'EventDestinationListParams'],
  'GET /v2/core/event_destinations/{id}': ['V2/Core/EventDestinations', 'EventDestinationRetrieveParams'],
  'GET /v2/core/events': ['V2/Core/Events', 'EventListParams'],
  'DELETE /v1/subscriptions/{id}': ['Subscriptions', 'SubscriptionCancelParams'],
  'POST /v1/billing/meter_event_adjustments': [
    'Billing/MeterEventAdjustments',
    'MeterEventAdjustmentCreateParams',
  ],
  'POST /v1/billing/meter_events': ['Billing/MeterEvents', 'MeterEventCreateParams'],
  'POST /v1/billing/meters': ['Billing/Meters', 'MeterCreateParams'],
  'POST /v1/billing/meters/{id}': ['Billing/Meters', 'MeterUpdateParams'],
  'POST /v1/billing_portal/configurations': ['BillingPortal/Configurations', 'ConfigurationCreateParams'],
  'POST /v1/billing_portal/configurations/{id}': [
    'BillingPortal/Configurations',
    'ConfigurationUpdateParams',
  ],
  'POST /v1/billing_portal/sessions': ['BillingPortal/Sessions', 'SessionCreateParams'],
  'POST /v1/coupons': ['Coupons', 'CouponCreateParams'],
  'POST /v1/coupons/{id}': ['Coupons', 'CouponUpdateParams'],
  'POST /v1/customers': ['Customers', 'CustomerCreateParams'],
  'POST /v1/customers/{customerId}/balance_transactions/{id}': [
    'Customers',
    'CustomerUpdateBalanceTransactionParams',
  ],
  'POST /v1/customers/{id}': ['Customers', 'CustomerUpdateParams'],
  'POST /v1/customers/{id}/balance_transactions': ['Customers', 'CustomerCreateBalanceTransactionParams'],
  'POST /v1/customers/{id}/cash_balance': ['Customers', 'CustomerUpdateCashBalanceParams'],
  'POST /v1/customers/{id}/tax_ids': ['Customers', 'CustomerCreateTaxIdParams'],
  'POST /v1/entitlements/features': ['Entitlements/Features', 'FeatureCreateParams'],
  'POST /v1/entitlements/features/{id}': ['Entitlements/Features', 'FeatureUpdateParams'],
  'POST /v1/invoiceitems': ['InvoiceItems', 'InvoiceItemCreateParams'],
  'POST /v1/invoices': ['Invoices', 'InvoiceCreateParams'],
  'POST /v1/invoices/{id}': ['Invoices', 'InvoiceUpdateParams'],
  'POST /v1/invoices/{id}/finalize': ['Invoices', 'InvoiceFinalizeInvoiceParams'],
  'POST /v1/invoices/{id}/pay': ['Invoices', 'InvoicePayParams'],
  'POST /v1/payment_methods': ['PaymentMethods', 'PaymentMethodCreateParams'],
  'POST /v1/payment_methods/{id}': ['PaymentMethods', 'PaymentMethodUpdateParams'],
  'POST /v1/payment_methods/{id}/attach': ['PaymentMethods', 'PaymentMethodAttachParams'],
  'POST /v1/prices': ['Prices', 'PriceCreateParams'],
  'POST /v1/prices/{id}': ['Prices', 'PriceUpdateParams'],
  'POST /v1/products': ['Products', 'ProductCreateParams'],
  'POST /v1/products/{id}': ['Products', 'ProductUpdateParams'],
  'POST /v1/products/{product}/features': ['Products', 'ProductCreateFeatureParams'],
  'POST /v1/subscriptions': ['Subscriptions', 'SubscriptionCreateParams'],
  'POST /v1/subscriptions/{id}': ['Subscriptions', 'SubscriptionUpdateParams'],
  'POST /v1/tax_ids': ['TaxIds', 'TaxIdCreateParams'],
  'POST /v1/test_helpers/customers/{id}/fund_cash_balance': [
    'TestHelpers/Customers',
    'CustomerFundCashBalanceParams',
  ],
  'POST /v1/test_helpers/test_clocks': ['TestHelpers/TestClocks', 'TestClockCreateParams'],
  'POST /v1/test_helpers/test_clocks/{id}/advance': ['TestHelpers/TestClocks', 'TestClockAdvanceParams'],
  'POST /v1/webhook_endpoints': ['WebhookEndpoints', 'WebhookEndpointCreateParams'],
  'POST /v1/webhook_endpoints/{id}': ['WebhookEndpoints', 'WebhookEndpointUpdateParams'],
  'POST /v2/core/event_destinations': ['V2/Core/EventDestinations', 'EventDestinationCreateParams'],
  'POST /v2/core/event_destinations/{id}': ['V2/Core/EventDestinations', 'EventDestinationUpdateParams'],
}

/** What every request may say, and by what lists are turned: declared apart, or (a page of v2) only in the address of the next one. */
const anywhere = ['ending_before', 'expand', 'limit', 'page', 'starting_after']

const shared = declarationsOf('../shared')

/** The members that a type has, by name with their own types. */
function membersOf(type: string, scope: Scope): Map<string, { type: string; scope: Scope }> {
  const members = new Map<string, { type: string; scope: Scope }>()
  const options = splitUnion(type)
  const inner = /^(?:Array|Emptyable)<(.*)>$/.exec(type)?.[1]
  if (inner !== undefined || options.length > 1) {
    for (const option of inner === undefined ? options : [inner])
      for (const [name, member] of membersOf(option, scope)) members.set(name, member)
    return members
  }
  const alias = resolved(type, scope, scope.file.aliases)
  if (alias !== undefined) return membersOf(scope.file.aliases.get(alias) ?? '', { ...scope, path: alias })
  const path = resolved(type, scope, scope.file.interfaces)
  if (path === undefined && scope.file !== shared) return membersOf(type, { file: shared, path: '' })
  for (const [name, one] of scope.file.interfaces.get(path ?? '') ?? [])
    members.set(name, { type: one.type, scope: { ...scope, path: path ?? '' } })
  return members
}

/** The parameters by name, whatever lists and choices they are in; undefined for one that takes any, or none. */
function fieldsOf(param: Param): ReadonlyMap<string, Param> | undefined {
  if (param.kind === 'array') return fieldsOf(param.of)
  if (param.kind === 'either') return fieldsOf(param.nested)
  return param.kind === 'object' ? param.fields : undefined
}

function compare(param: Param, type: string, scope: Scope, at: string): string[] {
  const fields = fieldsOf(param)
  if (!fields) return []
  const members = membersOf(type, scope)
  const nameOf = (name: string) => (at === '' ? name : `${at}.${name}`)
  const known = Array.from(fields, ([name, field]) => {
    const member = members.get(name)
    if (member) return compare(field, member.type, member.scope, nameOf(name))
    return at === '' && anywhere.includes(name) ? [] : [`${nameOf(name)} is not Stripe's`]
  })
  const unknown = Array.from(members.keys(), (name) =>
    fields.has(name) || (at === '' && anywhere.includes(name)) ? [] : [`${nameOf(name)} is not known`],
  )
  return [...known, ...unknown].flat()
}

describe('Parameters (the official client): what Stripe takes is simulated, or refused as not simulated, never as unknown', () => {
  it.each(allRoutes(openSpec()).map((route) => [`${route.method} ${route.path}`, route.params] as const))(
    '%s',
    (route, params) => {
      const [file, name] = declared[route] ?? []
      if (file && name) {
        const declarations = declarationsOf(file)
        // Most stand in a namespace named after their folder.
        const path = [...declarations.interfaces.keys()].find((one) => one.split('.').at(-1) === name) ?? ''
        const scope = { file: declarations, path }
        expect(membersOf(path, scope).size).toBeGreaterThan(0)
        expect(compare(params, path, scope, '')).toEqual([])
      } else expect(Array.from(params.fields.keys()).filter((one) => !anywhere.includes(one))).toEqual([])
    },
  )
})
