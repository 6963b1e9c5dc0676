/**
 * Owns the reading of all that a caller can see.
 * Promises: every list of the API is read to its end, and every object in it kept once by its id, in the order of its list; whatever two
 * sandboxes hold is equal if this is.
 */
import { idOf, isJsonObject, type Json, type JsonObject } from '../../src/json.ts'

/** Gives the answer of a GET; fails if it is not 200. */
export type Read = (path: string) => JsonObject | Promise<JsonObject>

/** All lists by their path, each with its objects, newest first. */
export type Everything = ReadonlyMap<string, readonly JsonObject[]>

const lists = [
  '/v1/coupons',
  '/v1/payment_intents',
  '/v1/charges',
  '/v1/invoices',
  '/v1/invoice_payments',
  '/v1/invoiceitems',
  '/v1/products',
  '/v1/prices',
  '/v1/entitlements/features',
  '/v1/billing/meters',
  '/v1/billing_portal/configurations',
  '/v1/tax_ids',
  '/v1/webhook_endpoints',
  '/v1/test_helpers/test_clocks',
  '/v1/events',
]
const ofCustomer = ['balance_transactions', 'cash_balance_transactions', 'tax_ids', 'payment_methods'].map(
  (name) => (id: string) => `/v1/customers/${id}/${name}`,
)
/** A product's id may be chosen by its maker, and hold anything. */
const featuresOf = (id: string) => `/v1/products/${encodeURIComponent(id)}/features`

/** Reads everything. `without`: lists that are not asked for. */
export async function everything(read: Read, without: readonly string[] = []): Promise<Everything> {
  const found = new Map<string, readonly JsonObject[]>()
  const keep = async (path: string) => {
    const all = await wholeList(read, path)
    found.set(path, all)
    return all.map(({ id }) => textOf(id))
  }
  for (const path of lists) if (!without.includes(path)) await keep(path)
  const clocks = (found.get('/v1/test_helpers/test_clocks') ?? []).map(({ id }) => `test_clock=${textOf(id)}`)
  for (const about of ['', ...clocks]) {
    await keep(`/v1/subscriptions?status=all&${about}`)
    for (const id of await keep(`/v1/customers?${about}`)) {
      for (const path of ofCustomer) await keep(path(id))
      await keep(`/v1/entitlements/active_entitlements?customer=${id}`)
    }
  }
  for (const product of found.get('/v1/products') ?? []) await keep(featuresOf(idOf(product)))
  return found
}

/** All of a list, newest first; pages of 100. */
export async function wholeList(read: Read, path: string): Promise<JsonObject[]> {
  const all: JsonObject[] = []
  for (;;) {
    const last = all.at(-1)?.['id']
    const after = last === undefined ? '' : `&starting_after=${encodeURIComponent(textOf(last))}`
    const page = await read(`${path}${path.includes('?') ? '&' : '?'}limit=100${after}`)
    all.push(...listed(page['data']))
    if (page['has_more'] !== true) return all
  }
}

/** The objects of a list. */
export function listed(data: Json | undefined): JsonObject[] {
  return Array.isArray(data) ? data.filter(isJsonObject) : []
}

/** A member that is text; '' if it is not. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** Where an object of a kind is read by its id, deleted or not. */
const retrievals: { readonly [kind: string]: string } = {
  'billing.meter': '/v1/billing/meters',
  'billing_portal.configuration': '/v1/billing_portal/configurations',
  charge: '/v1/charges',
  coupon: '/v1/coupons',
  customer: '/v1/customers',
  'entitlements.feature': '/v1/entitlements/features',
  invoice: '/v1/invoices',
  invoiceitem: '/v1/invoiceitems',
  payment_intent: '/v1/payment_intents',
  payment_method: '/v1/payment_methods',
  price: '/v1/prices',
  product: '/v1/products',
  subscription: '/v1/subscriptions',
  tax_id: '/v1/tax_ids',
  'test_helpers.test_clock': '/v1/test_helpers/test_clocks',
}

/** Where each known object is read, whether it is still in a list or not. */
export function pathsOf(known: ReadonlyMap<string, readonly string[]>): string[] {
  return [...known].flatMap(([kind, ids]) => {
    const path = retrievals[kind]
    return path === undefined ? [] : ids.map((id) => `${path}/${id}`)
  })
}

/** Every object that was read, by its id. */
export function byId(all: Everything): ReadonlyMap<string, JsonObject> {
  const objects = [...all].flatMap(([path, list]) => (path === '/v1/events' ? [] : list))
  return new Map(objects.map((object) => [textOf(object['id']), object]))
}
