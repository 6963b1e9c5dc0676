/**
 * Owns the deleting of a customer, with what goes with it.
 * Promises: subscriptions end at once, payment methods are detached, tax ids go; each with its event, and the customer last.
 */
import type { Core } from '../../core.ts'
import { emit, type Origin } from '../../events/emit.ts'
import type { JsonObject } from '../../json.ts'
import { endAllOf } from '../billing/subscription-state.ts'
import type { Customer } from './customer-object.ts'
import { detachAll } from './attaching.ts'
import { removeCustomer } from './save-customer.ts'
import { dropTaxIds } from './tax-ids.ts'

/** Deletes a customer; gives its stub. */
export function deleteCustomer(core: Core, origin: Origin, customer: Customer): JsonObject {
  endAllOf(core, origin, customer.id)
  detachAll(core, origin, customer.id)
  dropTaxIds(origin.realm, customer.id)
  const stub = removeCustomer(core, origin, customer)
  emit(core, origin, 'customer.deleted', customer)
  return stub
}
