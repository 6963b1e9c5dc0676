/**
 * Owns the one way in which a customer is written.
 * Promises: search sees the write only after its lag, whoever wrote; one `customer.updated` for each change, with what it replaced.
 */
import type { Core } from '../../core.ts'
import { emitUpdate, type Origin } from '../../events/emit.ts'
import { customers, type Customer } from './customer-object.ts'
import { noteForSearch } from './search-lag.ts'

/** Stores a customer that did not exist. The caller tells of it. */
export function insertCustomer(core: Core, origin: Origin, customer: Customer): void {
  noteForSearch(core, origin.realm, customer.id, undefined)
  origin.realm.table(customers).put(customer)
}

/** Stores a changed customer and tells of the change. */
export function updateCustomer(core: Core, origin: Origin, before: Customer, after: Customer): Customer {
  noteForSearch(core, origin.realm, before.id, before)
  origin.realm.table(customers).put(after)
  emitUpdate(core, origin, 'customer.updated', before, after)
  return after
}

/** Turns a customer into its stub. The caller tells of it. */
export function removeCustomer(
  core: Core,
  origin: Origin,
  customer: Customer,
): { id: string; object: string; deleted: boolean } {
  const stub = { id: customer.id, object: 'customer', deleted: true }
  noteForSearch(core, origin.realm, customer.id, customer)
  origin.realm.table(customers).remove(customer.id, stub)
  return stub
}
