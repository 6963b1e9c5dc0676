/**
 * Owns what a customer is entitled to, as it follows from subscriptions.
 * Promises: a subscription grants the features that its products had when it began, renewed or changed its items, as Stripe documents;
 * a customer has each feature once; each change of the whole is one `entitlements.active_entitlement_summary.updated`.
 */
import type { Core } from '../../../core.ts'
import { emitUpdate, type Origin } from '../../../events/emit.ts'
import { wholeList } from '../../../http/list-page.ts'
import type { JsonObject } from '../../../json.ts'
import type { Realm } from '../../../state/store.ts'
import type { TableKey } from '../../../state/table.ts'
import { itemsOf, type Subscription } from '../subscription-object.ts'
import { activeEntitlements, features, productFeatures, renderEntitlement } from './entitlement-object.ts'

/** What one subscription grants; `id` is the subscription's. */
const grants: TableKey<{
  readonly id: string
  readonly customer: string
  readonly features: readonly string[]
}> = { name: 'entitlement_grants', groupOf: ({ customer }) => customer }

const entitled: readonly string[] = ['trialing', 'active', 'past_due']

/** Lets entitlements follow a subscription. `renewed`: its period or its items changed, so features are looked up afresh. */
export function grantFeatures(
  core: Core,
  origin: Origin,
  subscription: Subscription,
  renewed: boolean,
): void {
  const { realm } = origin
  const table = realm.table(grants)
  const { id, customer } = subscription
  const known = table.get(id)
  if (!entitled.includes(subscription.status)) table.forget(id)
  // One that brought nothing is kept as well: it brings nothing until it is renewed.
  else if (!known || renewed) table.put({ id, customer, features: featuresOf(realm, subscription) })
  else return
  updateSummary(core, origin, customer)
}

function featuresOf(realm: Realm, subscription: Subscription): string[] {
  const found = new Set<string>()
  for (const { price } of itemsOf(realm, subscription.id)) {
    for (const { feature } of realm.table(productFeatures).oldestFirst(undefined, price.product))
      found.add(feature)
  }
  return Array.from(found)
}

function updateSummary(core: Core, origin: Origin, customer: string): void {
  const { realm } = origin
  const before = summaryOf(realm, customer)
  const granted = new Set(
    Array.from(realm.table(grants).oldestFirst(undefined, customer)).flatMap((one) => one.features),
  )
  const table = realm.table(activeEntitlements)
  for (const active of Array.from(table.oldestFirst(undefined, customer))) {
    if (!granted.delete(active.feature)) table.remove(active.id)
  }
  for (const id of granted) {
    const feature = realm.table(features).get(id)
    if (!feature) continue
    table.put({
      id: core.newId('ent_test_61', 26),
      customer,
      feature: id,
      lookup_key: feature.lookup_key,
      livemode: realm.livemode,
    })
  }
  emitUpdate(
    core,
    origin,
    'entitlements.active_entitlement_summary.updated',
    before,
    summaryOf(realm, customer),
  )
}

function summaryOf(realm: Realm, customer: string): JsonObject {
  const active = Array.from(realm.table(activeEntitlements).newestFirst(undefined, customer))
  return {
    object: 'entitlements.active_entitlement_summary',
    customer,
    entitlements: wholeList(
      active.map(renderEntitlement),
      `/v1/entitlements/active_entitlements?customer=${customer}`,
    ),
    livemode: realm.livemode,
  }
}
