/**
 * Owns the thin events that say more exactly what changed than the update they come with.
 * Promises: pure; each follows from one change alone, with no twin among snapshots. Those whose cause is not simulated are not listed.
 */
import { idOf, isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { FinerEventType } from './event-types.ts'
import { sameJson } from './previous-attributes.ts'

/** The states that a subscription can be moved to; it begins as trialing or incomplete, and never becomes it. */
const statuses = ['active', 'incomplete_expired', 'past_due', 'unpaid'] as const

/** The types of the thin events that an update brings along, from what was and is. */
export function finerTypes(type: string, before: JsonObject, after: JsonObject): FinerEventType[] {
  const changed = (name: string) => !sameJson(before[name], after[name])
  const when = (name: string, finer: FinerEventType): FinerEventType[] => (changed(name) ? [finer] : [])
  switch (type) {
    case 'customer.subscription.updated':
      return [
        ...statuses.flatMap((status) =>
          changed('status') && after['status'] === status
            ? [`v1.customer.subscription.${status}` as const]
            : [],
        ),
        ...when('cancel_at', 'v1.customer.subscription.cancel_at_changed'),
        ...when('default_payment_method', 'v1.customer.subscription.default_payment_method_changed'),
        ...itemTypes(before['items'], after['items']),
      ]
    case 'customer.discount.updated':
      return when('source', 'v1.customer.discount.source_changed')
    case 'entitlements.active_entitlement_summary.updated':
      return moved(
        before['entitlements'],
        after['entitlements'],
        'v1.entitlements.active_entitlement_summary.entitlement_',
      )
    case 'invoice.updated':
      return moved(before['lines'], after['lines'], 'v1.invoice.line_item_')
    case 'price.updated':
      return [
        ...when('active', after['active'] === true ? 'v1.price.activated' : 'v1.price.deactivated'),
        ...when('lookup_key', 'v1.price.lookup_key_changed'),
        ...when('tax_behavior', 'v1.price.tax_behavior_changed'),
      ]
    case 'product.updated':
      return [
        ...when('active', after['active'] === true ? 'v1.product.activated' : 'v1.product.deactivated'),
        ...when('default_price', 'v1.product.default_price_changed'),
        ...when('tax_code', 'v1.product.tax_code_changed'),
      ]
    default:
      return []
  }
}

function itemTypes(before: Json | undefined, after: Json | undefined): FinerEventType[] {
  const old = membersOf(before)
  const kept = membersOf(after).flatMap((item) => {
    const earlier = old.find((one) => idOf(one) === idOf(item))
    return earlier ? [[earlier, item] as const] : []
  })
  const changed = (name: string) => kept.some(([earlier, item]) => !sameJson(earlier[name], item[name]))
  const prefix = 'v1.customer.subscription.item_'
  return [
    ...moved(before, after, prefix),
    ...(changed('price') ? [`${prefix}price_changed` as const] : []),
    ...(changed('quantity') ? [`${prefix}quantity_changed` as const] : []),
  ]
}

/** `…added` and `…removed`, by the members of a list. */
function moved<Prefix extends string>(
  before: Json | undefined,
  after: Json | undefined,
  prefix: Prefix,
): (`${Prefix}added` | `${Prefix}removed`)[] {
  const [old, now] = [membersOf(before).map(idOf), membersOf(after).map(idOf)]
  return [
    ...(now.some((id) => !old.includes(id)) ? [`${prefix}added` as const] : []),
    ...(old.some((id) => !now.includes(id)) ? [`${prefix}removed` as const] : []),
  ]
}

function membersOf(list: Json | undefined): JsonObject[] {
  const data = isJsonObject(list) ? list['data'] : undefined
  return Array.isArray(data) ? data.filter((one) => isJsonObject(one)) : []
}
