/**
 * Owns the finding of billing objects.
 * Promises: 404 for one that the path names, 400 for one that a parameter names.
 */
import { missingResource } from '../../http/stripe-error.ts'
import type { Realm } from '../../state/store.ts'
import type { Stored, TableKey } from '../../state/table.ts'

/** The object, or a StripeError; `kind` is its name in the error. */
export function found<T extends Stored>(
  realm: Realm,
  key: TableKey<T>,
  kind: string,
  id: string,
  param?: string,
): T {
  const object = realm.table(key).get(id)
  if (!object) throw missingResource(kind, id, param)
  return object
}

/** The id that a list is narrowed by. Throws 400 if nothing has it; undefined if the list is not. */
export function narrowedBy<T extends Stored>(
  realm: Realm,
  key: TableKey<T>,
  kind: string,
  id: string | null | undefined,
  param: string,
): string | undefined {
  return id ? found(realm, key, kind, id, param).id : undefined
}

/** What an update says, or what was there if it does not mention it. */
export function kept<T>(before: T, update: T | undefined): T {
  return update === undefined ? before : update
}
