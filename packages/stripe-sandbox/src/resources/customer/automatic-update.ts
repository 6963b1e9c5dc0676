/** Owns what a card network does to a card by itself: it gets another date of expiry. */
import type { Core } from '../../core.ts'
import { emitUpdate } from '../../events/emit.ts'
import type { Realm } from '../../state/store.ts'
import { paymentMethods, type PaymentMethod } from './payment-method-object.ts'

/** Changes the expiry of a card, and tells of it. Throws an Error if there is no such card. */
export function updateAutomatically(
  core: Core,
  realm: Realm,
  id: string,
  expiry: { readonly exp_month?: number; readonly exp_year?: number },
): PaymentMethod {
  const before = realm.table(paymentMethods).get(id)
  if (!before?.card) throw new Error(`no such card: ${id}`)
  const after = { ...before, card: { ...before.card, ...expiry } }
  return core.store.unit(() => {
    realm.table(paymentMethods).put(after)
    emitUpdate(core, { realm, request: null }, 'payment_method.automatically_updated', before, after)
    return after
  })
}
