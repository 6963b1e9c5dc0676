/** Owns features, their links to products, and active entitlements as objects. */
import type { JsonObject, Metadata } from '../../../json.ts'
import type { TableKey } from '../../../state/table.ts'

/** A feature as the API shows it; `created` is kept for nobody but the order of lists. */
export type Feature = {
  readonly id: string
  readonly object: 'entitlements.feature'
  readonly active: boolean
  readonly livemode: boolean
  readonly lookup_key: string
  readonly metadata: Metadata
  readonly name: string
}

/** The table of features. */
export const features: TableKey<Feature> = { name: 'entitlement_features' }

/** A feature that a product brings. */
export type ProductFeature = {
  readonly id: string
  readonly product: string
  readonly feature: string
  readonly livemode: boolean
}

/** The table of product features, by product. */
export const productFeatures: TableKey<ProductFeature> = {
  name: 'product_features',
  groupOf: ({ product }) => product,
}

/** A feature that a customer has. */
export type ActiveEntitlement = {
  readonly id: string
  readonly customer: string
  readonly feature: string
  readonly lookup_key: string
  readonly livemode: boolean
}

/** The table of active entitlements, by customer. */
export const activeEntitlements: TableKey<ActiveEntitlement> = {
  name: 'active_entitlements',
  groupOf: ({ customer }) => customer,
}

/** The entitlement as the API shows it; whose it is, is only said by the list it is in. */
export function renderEntitlement({ id, feature, lookup_key, livemode }: ActiveEntitlement): JsonObject {
  return { id, object: 'entitlements.active_entitlement', feature, livemode, lookup_key }
}
