/**
 * Owns invoice prefixes.
 * Promises: a prefix belongs to one customer of an account, and is free again when that one changes it or goes.
 */
import type { Core } from '../../core.ts'
import { badRequest } from '../../http/stripe-error.ts'
import type { Realm } from '../../state/store.ts'
import { customers, type Customer } from './customer-object.ts'

/** A prefix that nobody holds. */
export function freePrefix(core: Core, realm: Realm): string {
  for (;;) {
    const prefix = core.random.token(8).toUpperCase()
    if (!realm.table(customers).named(prefix)) return prefix
  }
}

/** Throws 400 if somebody else holds the prefix that a customer is to have. */
export function checkPrefix(realm: Realm, { id, invoice_prefix: prefix }: Customer): void {
  const holder = realm.table(customers).named(prefix)
  if (!holder || holder.id === id) return
  throw badRequest(
    `This invoice number prefix is taken by customer: ${holder.id}. Please enter a different prefix.`,
    { param: 'invoice_prefix' },
  )
}
