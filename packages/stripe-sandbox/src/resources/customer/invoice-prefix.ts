/**
 * Owns invoice prefixes.
 * Promises: a prefix belongs to one customer of an account, and is free again when that one changes it or goes.
 */
import type { Core } from '../../core.ts'
import { badRequest } from '../../http/stripe-error.ts'
import type { Realm } from '../../state/store.ts'
import type { TableKey } from '../../state/table.ts'
import { customers, type Customer } from './customer-object.ts'

/** Who holds an invoice prefix. */
export const prefixes: TableKey<{ readonly id: string; readonly customer: string }> = {
  name: 'invoice_prefixes',
}

/** A prefix that nobody holds. */
export function freePrefix(core: Core, realm: Realm): string {
  for (;;) {
    const prefix = core.random.token(8).toUpperCase()
    if (!realm.table(prefixes).get(prefix)) return prefix
  }
}

/** Gives a customer the prefix that it now has. Throws 400 if somebody else holds it. */
export function takePrefix(realm: Realm, before: Customer, after: Customer): void {
  if (before.invoice_prefix === after.invoice_prefix && realm.table(customers).row(after.id)) return
  const table = realm.table(prefixes)
  const holder = table.get(after.invoice_prefix)
  if (holder && holder.customer !== after.id) {
    throw badRequest(
      `The invoice prefix ${after.invoice_prefix} is already used by customer ${holder.customer}. Please choose another one.`,
      { param: 'invoice_prefix' },
    )
  }
  if (before.invoice_prefix) table.forget(before.invoice_prefix)
  table.put({ id: after.invoice_prefix, customer: after.id })
}
