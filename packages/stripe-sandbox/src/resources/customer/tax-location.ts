/**
 * Owns what is known of a customer's place for taxes: shown by `expand: ['tax']` only.
 * Promises: a location comes from the address, else it is unknown; asking for it to be valid at once refuses a customer without one.
 */
import { badRequest } from '../../http/stripe-error.ts'
import type { JsonObject } from '../../json.ts'
import type { Params } from '../../params/param.ts'
import { hash, text } from '../../params/read.ts'
import type { Realm } from '../../state/store.ts'
import type { TableKey } from '../../state/table.ts'
import { customers, type Customer } from './customer-object.ts'

const taxSettings: TableKey<{ readonly id: string; readonly ip_address: string | null }> = {
  name: 'customer_tax',
}

/** Applies the `tax` parameter of a create or update. Throws 400 if the location must be valid and is not. */
export function changeTax(realm: Realm, customer: Customer, params: Params): void {
  const tax = hash(params, 'tax')
  if (!tax) return
  const address = text(tax, 'ip_address')
  if (address !== undefined) realm.table(taxSettings).put({ id: customer.id, ip_address: address })
  if (text(tax, 'validate_location') === 'immediately' && !customer.address?.country) {
    throw badRequest(
      "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax.",
      {
        code: 'customer_tax_location_invalid',
      },
    )
  }
}

/** The `tax` member of a customer. */
export function taxOf(realm: Realm, id: string): JsonObject {
  const address = realm.table(customers).get(id)?.address
  return {
    automatic_tax: address?.country ? 'supported' : 'unrecognized_location',
    ip_address: realm.table(taxSettings).get(id)?.ip_address ?? null,
    location: address?.country
      ? { country: address.country, source: 'billing_address', state: address.state }
      : null,
    provider: 'stripe',
  }
}
