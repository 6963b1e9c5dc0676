/**
 * Owns the finding of customers, by path and by parameter.
 * Promises: 404 for a path, 400 for a parameter; a deleted customer is not found by either, but what belonged to it can still be read.
 */
import type { Core } from '../../core.ts'
import type { Call } from '../../http/router.ts'
import { badRequest, missingAtPath, missingResource } from '../../http/stripe-error.ts'
import type { Realm } from '../../state/store.ts'
import { customers, type Customer } from './customer-object.ts'

/** A customer that a parameter names. Throws 400 if there is none, as for a deleted one. */
export function customerParam(realm: Realm, id: string, param = 'customer'): Customer {
  const customer = realm.table(customers).get(id)
  if (!customer) throw missingResource('customer', id, param)
  return customer
}

/** A customer that the path names. Throws 404 with `param` if there is none or it was deleted. */
export function customerOf({ core, realm, ids }: Call, name = 'id', param = 'id'): Customer {
  const id = ids[name] ?? ''
  const customer = realm.table(customers).get(id)
  if (!customer) throw absentCustomer(core, realm, id, param)
  return customer
}

/** The id of a customer that the path names, deleted or not. Throws 404 with `param` if there never was one. */
export function retainedCustomer(
  { core, realm, ids }: Call,
  name: string,
  param = 'id',
): { readonly id: string } {
  const id = ids[name] ?? ''
  const row = realm.table(customers).row(id)
  if (!row) throw absentCustomer(core, realm, id, param)
  return row.value
}

/** Why a customer is not found by path. */
export function absentCustomer(core: Core, realm: Realm, id: string, param = 'id') {
  const row = realm.table(customers).row(id)
  if (row?.deleted && core.settings.deleted_customer_update === 'refused') {
    return badRequest(`No such customer: '${id}'; it was deleted.`, { code: 'resource_missing', param })
  }
  const otherMode = core.store
    .realms()
    .find((one) => one.account === realm.account && one.livemode !== realm.livemode)
  if (!row && otherMode?.table(customers).get(id)) {
    const [there, here] = realm.livemode ? ['test', 'live'] : ['live', 'test']
    const hint = `; a similar object exists in ${there} mode, but a ${here} mode key was used to make this request.`
    return missingAtPath('customer', id, param, hint)
  }
  return missingAtPath('customer', id, param)
}
