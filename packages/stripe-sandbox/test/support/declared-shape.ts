/**
 * Owns the check of objects against the type declarations of the official client.
 * Promises: a member that is missing, unknown, of another type or outside a closed list is named with its path, and so is an object of a
 * kind that is not in the table below.
 */
import { declarationsOf, resolved, splitUnion, type Scope } from './declarations.ts'

/** Where each kind of object is declared. */
const declared: { readonly [object: string]: readonly [file: string, name: string] } = {
  account: ['Accounts', 'Account'],
  'billing.meter': ['Billing/Meters', 'Meter'],
  'billing.meter_event': ['Billing/MeterEvents', 'MeterEvent'],
  'billing.meter_event_adjustment': ['Billing/MeterEventAdjustments', 'MeterEventAdjustment'],
  'billing.meter_event_summary': ['Billing/MeterEventSummaries', 'MeterEventSummary'],
  'billing_portal.configuration': ['BillingPortal/Configurations', 'Configuration'],
  'billing_portal.session': ['BillingPortal/Sessions', 'Session'],
  cash_balance: ['CashBalances', 'CashBalance'],
  charge: ['Charges', 'Charge'],
  coupon: ['Coupons', 'Coupon'],
  customer: ['Customers', 'Customer'],
  customer_balance_transaction: ['CustomerBalanceTransactions', 'CustomerBalanceTransaction'],
  customer_cash_balance_transaction: ['CustomerCashBalanceTransactions', 'CustomerCashBalanceTransaction'],
  discount: ['Discounts', 'Discount'],
  'entitlements.active_entitlement': ['Entitlements/ActiveEntitlements', 'ActiveEntitlement'],
  'entitlements.active_entitlement_summary': [
    'Entitlements/ActiveEntitlementSummaries',
    'ActiveEntitlementSummary',
  ],
  'entitlements.feature': ['Entitlements/Features', 'Feature'],
  event: ['Events', 'EventBase'],
  invoice: ['Invoices', 'Invoice'],
  invoice_payment: ['InvoicePayments', 'InvoicePayment'],
  invoiceitem: ['InvoiceItems', 'InvoiceItem'],
  line_item: ['InvoiceLineItems', 'InvoiceLineItem'],
  payment_intent: ['PaymentIntents', 'PaymentIntent'],
  payment_method: ['PaymentMethods', 'PaymentMethod'],
  plan: ['Plans', 'Plan'],
  price: ['Prices', 'Price'],
  product: ['Products', 'Product'],
  product_feature: ['ProductFeatures', 'ProductFeature'],
  subscription: ['Subscriptions', 'Subscription'],
  subscription_item: ['SubscriptionItems', 'SubscriptionItem'],
  tax_id: ['TaxIds', 'TaxId'],
  'test_helpers.test_clock': ['TestHelpers/TestClocks', 'TestClock'],
  'v2.core.event': ['V2/Core/Events', 'EventBase'],
  'v2.core.event_destination': ['V2/Core/EventDestinations', 'EventDestination'],
  webhook_endpoint: ['WebhookEndpoints', 'WebhookEndpoint'],
}

/** Members that the declaration of a kind leaves to those of its types, or (the context) that Stripe shows as null where it declares text. */
const ofSubtypes: { readonly [object: string]: readonly string[] } = {
  'v2.core.event': ['context', 'data?', 'related_object'],
}

/** What is wrong with an object, each with its path; empty if nothing is. Lists are checked by their members. */
export function shapeProblems(value: unknown): string[] {
  const problems: string[] = []
  checkObject(value, 'answer', problems)
  return problems
}

function checkObject(value: unknown, at: string, problems: string[]): void {
  if (!isRecord(value)) return void problems.push(`${at} is not an object`)
  const kind = String(value['object'])
  const listed = listForms[kind]
  if (listed) return checkList(value, listed, at, problems)
  const [path, name] = declared[kind] ?? []
  if (!path || !name) return void problems.push(`${at} is of a kind that nobody describes: ${kind}`)
  // What v2 leaves of a deleted object has no mark of it.
  if (kind.startsWith('v2.') && Object.keys(value).length <= 2) {
    return checkMembers(
      value,
      { file: declarationsOf('V2/DeletedObject'), path: 'DeletedObject' },
      at,
      problems,
    )
  }
  const stub = value['deleted'] === true ? `Deleted${name}` : name
  const left = ofSubtypes[kind] ?? []
  const named = left.map((member) => member.replace('?', ''))
  const own = Object.fromEntries(Object.entries(value).filter(([member]) => !named.includes(member)))
  for (const member of left) {
    if (!member.endsWith('?') && !(member in value)) problems.push(`${at}.${member} is missing`)
  }
  const found: string[] = []
  checkMembers(own, { file: declarationsOf(path), path: stub }, at, found)
  // Only the invoice that is not made yet has no id.
  const noId = value['type'] === 'invoice.upcoming' ? `${at}.data.object.id is missing` : undefined
  problems.push(...found.filter((problem) => problem !== noId))
}

const pageOfV2 = ['data', 'next_page_url', 'previous_page_url']
/** The members of each kind of list, by `object`; lists of v2 have none. */
const listForms: { readonly [object: string]: readonly string[] } = {
  list: ['data', 'has_more', 'object', 'url'],
  search_result: ['data', 'has_more', 'next_page', 'object', 'total_count?', 'url'],
  undefined: pageOfV2,
}

function checkList(
  value: Record<string, unknown>,
  form: readonly string[],
  at: string,
  problems: string[],
): void {
  const { data } = value
  const may = form.map((name) => name.replace('?', ''))
  const must = form.filter((name) => !name.endsWith('?'))
  const isList = must.every((name) => name in value) && Object.keys(value).every((name) => may.includes(name))
  if (!isList || !Array.isArray(data)) return void problems.push(`${at} is not a list`)
  for (const [index, item] of data.entries()) checkObject(item, `${at}.data[${index}]`, problems)
}

function checkMembers(value: Record<string, unknown>, scope: Scope, at: string, problems: string[]): void {
  const members = scope.file.interfaces.get(scope.path)
  if (!members) return void problems.push(`${at}: ${scope.path} is not declared`)
  // The object of an event: declared by its types, which are checked by what the object says it is.
  if (members.size === 0 && typeof value['object'] === 'string') return checkObject(value, at, problems)
  if (members.size === 0) return
  for (const name of Object.keys(value)) {
    if (!members.has(name)) problems.push(`${at}.${name} is not declared`)
  }
  for (const [name, { optional, type }] of members) {
    if (!(name in value)) {
      if (!optional) problems.push(`${at}.${name} is missing`)
    } else checkType(value[name], type, scope, `${at}.${name}`, problems)
  }
}

function checkType(value: unknown, type: string, scope: Scope, at: string, problems: string[]): void {
  const options = splitUnion(type)
  const attempts = options.map((option) => {
    const found: string[] = []
    checkOption(value, option, scope, at, found)
    return found
  })
  if (attempts.some((found) => found.length === 0)) return
  // The option that fits best tells most; a plain mismatch is told as such.
  const nearest = attempts.filter((_found, index) => /[A-Z]/.test(options[index] ?? '')).toSorted(byLength)[0]
  problems.push(...(nearest ?? [`${at} is ${JSON.stringify(value)}, not ${type}`]))
}

function checkOption(value: unknown, type: string, scope: Scope, at: string, problems: string[]): void {
  const wrong = () => void problems.push(`${at} is ${JSON.stringify(value)?.slice(0, 80)}, not ${type}`)
  if (type === 'null') return value === null ? undefined : wrong()
  if (type === 'true') return value === true ? undefined : wrong()
  if (['string', 'number', 'boolean'].includes(type)) return typeof value === type ? undefined : wrong()
  if (type === 'Decimal') return typeof value === 'string' ? undefined : wrong()
  // Enums are open in answers, but the sandbox has no business with values that are not listed.
  if (type === 'OtherString' || type === 'void') return wrong()
  if (type.startsWith("'")) return value === type.slice(1, -1) ? undefined : wrong()
  const list = /^Array<(.*)>$/.exec(type)?.[1]
  if (list !== undefined) {
    if (!Array.isArray(value)) return wrong()
    for (const [index, item] of value.entries()) checkType(item, list, scope, `${at}[${index}]`, problems)
    return
  }
  if (!isRecord(value))
    return resolvedAlias(type, scope) ? checkAlias(value, type, scope, at, problems) : wrong()
  if (type === 'Metadata' || type === 'inline') return
  const path = resolved(type, scope, scope.file.interfaces)
  if (path !== undefined) return checkMembers(value, { ...scope, path }, at, problems)
  if (typeof value['object'] === 'string') return checkObject(value, at, problems)
}

function checkAlias(value: unknown, type: string, scope: Scope, at: string, problems: string[]): void {
  const path = resolvedAlias(type, scope) ?? ''
  checkType(value, scope.file.aliases.get(path) ?? '', { ...scope, path }, at, problems)
}

const resolvedAlias = (type: string, scope: Scope) => resolved(type, scope, scope.file.aliases)

const byLength = (a: readonly unknown[], b: readonly unknown[]) => a.length - b.length

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
