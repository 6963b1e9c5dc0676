/**
 * Owns the routes of entitlements: features, the features of products, and what a customer has.
 * Promises: a lookup key belongs to one feature; an archived feature cannot be put on a product; what customers have is only read here.
 */
import type { Expansion } from '../../../http/expand.ts'
import { listPage } from '../../../http/list-page.ts'
import type { Call, Route } from '../../../http/router.ts'
import { badRequest, missingResource } from '../../../http/stripe-error.ts'
import type { JsonObject } from '../../../json.ts'
import { bool, listParams, metadata, params, string } from '../../../params/declare.ts'
import { mergeMetadata, noMetadata } from '../../../params/metadata.ts'
import { flag, text } from '../../../params/read.ts'
import type { Realm } from '../../../state/store.ts'
import { customerParam } from '../../customer/find-customer.ts'
import { found } from '../find.ts'
import { products } from '../products.ts'
import {
  activeEntitlements,
  features,
  productFeatures,
  renderEntitlement,
  type Feature,
  type ProductFeature,
} from './entitlement-object.ts'

const featuresUrl = '/v1/entitlements/features'
const activeUrl = '/v1/entitlements/active_entitlements'

/** Features: create, retrieve, update, list. Product features: attach, retrieve, list, remove. Active entitlements: retrieve, list. */
export function entitlementRoutes(): Route[] {
  const below = '/v1/products/{product}/features'
  return [
    {
      method: 'POST',
      path: featuresUrl,
      params: params({ 'lookup_key!': string(80), 'name!': string(80), metadata }),
      run: create,
    },
    {
      method: 'GET',
      path: featuresUrl,
      params: listParams({ archived: bool, lookup_key: string() }),
      run: list,
    },
    { method: 'GET', path: `${featuresUrl}/{id}`, params: params(), run: featureOf },
    {
      method: 'POST',
      path: `${featuresUrl}/{id}`,
      params: params({ active: bool, metadata, name: string(80) }),
      run: update,
    },
    { method: 'POST', path: below, params: params({ 'entitlement_feature!': string() }), run: attach },
    { method: 'GET', path: below, params: listParams(), run: listAttached },
    {
      method: 'GET',
      path: `${below}/{id}`,
      params: params(),
      run: (call) => renderAttached(call.realm, attachedOf(call)),
    },
    { method: 'DELETE', path: `${below}/{id}`, params: params(), run: removeAttached },
    { method: 'GET', path: activeUrl, params: listParams({ 'customer!': string() }), run: listActive },
    {
      method: 'GET',
      path: `${activeUrl}/{id}`,
      params: params(),
      run: ({ realm, ids }) =>
        renderEntitlement(found(realm, activeEntitlements, 'active entitlement', ids['id'] ?? '')),
    },
  ]
}

/** What can be expanded on an active entitlement. */
export const entitlementExpanders: { readonly [path: string]: Expansion } = {
  feature: {
    gives: 'entitlements.feature',
    value: ({ realm, object: { feature: id } }) =>
      typeof id === 'string' ? (realm.table(features).get(id) ?? null) : null,
  },
}

function featureOf({ realm, ids }: Call): Feature {
  return found(realm, features, 'feature', ids['id'] ?? '')
}

function create({ core, realm, params: given }: Call): JsonObject {
  const key = text(given, 'lookup_key') ?? ''
  for (const one of realm.table(features).newestFirst()) {
    // An archived feature gives its key free.
    if (one.lookup_key === key && one.active) {
      throw badRequest(`A feature (\`${one.id}\`) already uses that lookup key.`, {
        code: 'resource_already_exists',
        param: 'lookup_key',
      })
    }
  }
  const feature: Feature = {
    id: core.newId('feat_test_61', 26),
    object: 'entitlements.feature',
    active: true,
    livemode: realm.livemode,
    lookup_key: key,
    metadata: mergeMetadata(noMetadata, given['metadata']),
    name: text(given, 'name') ?? '',
  }
  realm.table(features).put(feature)
  return feature
}

function update(call: Call): JsonObject {
  const before = featureOf(call)
  const { realm, params: given } = call
  const after: Feature = {
    ...before,
    active: flag(given, 'active') ?? before.active,
    metadata: mergeMetadata(before.metadata, given['metadata']),
    name: text(given, 'name') ?? before.name,
  }
  realm.table(features).put(after)
  return after
}

function list({ realm, params: given }: Call): JsonObject {
  const key = text(given, 'lookup_key')
  const archived = flag(given, 'archived')
  return listPage({
    table: realm.table(features),
    params: given,
    url: featuresUrl,
    kind: 'feature',
    where: (one) => (!key || one.lookup_key === key) && (archived === undefined || one.active !== archived),
  })
}

function attach(call: Call): JsonObject {
  const { core, realm, params: given } = call
  const product = productOf(call)
  const feature = found(
    realm,
    features,
    'feature',
    text(given, 'entitlement_feature') ?? '',
    'entitlement_feature',
  )
  if (!feature.active) {
    throw badRequest(`The feature ${feature.id} is archived and cannot be attached to a product.`, {
      param: 'entitlement_feature',
    })
  }
  for (const one of realm.table(productFeatures).oldestFirst(undefined, product)) {
    if (one.feature === feature.id) {
      throw badRequest(`The feature ${feature.id} is already attached to the product ${product}.`, {
        code: 'resource_already_exists',
        param: 'entitlement_feature',
      })
    }
  }
  const attached: ProductFeature = {
    id: core.newId('prodft_1', 23),
    product,
    feature: feature.id,
    livemode: realm.livemode,
  }
  realm.table(productFeatures).put(attached)
  return renderAttached(realm, attached)
}

function productOf({ realm, ids }: Call): string {
  return found(realm, products, 'product', ids['product'] ?? '').id
}

function attachedOf(call: Call): ProductFeature {
  const product = productOf(call)
  const id = call.ids['id'] ?? ''
  const attached = found(call.realm, productFeatures, 'product feature', id)
  if (attached.product !== product) throw missingResource('product feature', id)
  return attached
}

/** The feature stands whole inside. */
function renderAttached(realm: Realm, { id, feature, livemode }: ProductFeature): JsonObject {
  return {
    id,
    object: 'product_feature',
    entitlement_feature: realm.table(features).get(feature) ?? null,
    livemode,
  }
}

function listAttached(call: Call): JsonObject {
  const product = productOf(call)
  return listPage({
    table: call.realm.table(productFeatures),
    params: call.params,
    url: `/v1/products/${product}/features`,
    kind: 'product feature',
    group: product,
    render: (one) => renderAttached(call.realm, one),
  })
}

function removeAttached(call: Call): JsonObject {
  const { id } = attachedOf(call)
  call.realm.table(productFeatures).remove(id)
  return { id, object: 'product_feature', deleted: true }
}

function listActive({ realm, params: given }: Call): JsonObject {
  const customer = customerParam(realm, text(given, 'customer') ?? '').id
  return listPage({
    table: realm.table(activeEntitlements),
    params: given,
    url: activeUrl,
    kind: 'active entitlement',
    group: customer,
    render: renderEntitlement,
  })
}
