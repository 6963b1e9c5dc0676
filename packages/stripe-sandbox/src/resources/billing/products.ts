/**
 * Owns products.
 * Promises: a product that has prices cannot be deleted; each change has its event.
 */
import { emit, emitUpdate } from '../../events/emit.ts'
import { touched } from '../../events/previous-attributes.ts'
import { createdFilter, listPage } from '../../http/list-page.ts'
import type { Call, Route } from '../../http/router.ts'
import { badRequest, missingResource } from '../../http/stripe-error.ts'
import type { JsonObject, Metadata } from '../../json.ts'
import {
  array,
  bool,
  listParams,
  metadata,
  object,
  params,
  range,
  string,
  unsimulated,
} from '../../params/declare.ts'
import { mergeMetadata, noMetadata } from '../../params/metadata.ts'
import type { Param, Params } from '../../params/param.ts'
import { flag, hashes, text, texts } from '../../params/read.ts'
import type { Realm } from '../../state/store.ts'
import type { TableKey } from '../../state/table.ts'
import { prices } from './price-object.ts'

/** A product as the API shows it. */
export type Product = {
  readonly id: string
  readonly object: 'product'
  readonly active: boolean
  readonly created: number
  readonly default_price: string | null
  readonly description: string | null
  readonly images: readonly string[]
  readonly livemode: boolean
  readonly marketing_features: readonly { readonly name: string }[]
  readonly metadata: Metadata
  readonly name: string
  readonly package_dimensions: null
  readonly shippable: boolean | null
  readonly statement_descriptor: string | null
  readonly tax_code: string | null
  readonly tax_details: null
  readonly type: 'service'
  readonly unit_label: string | null
  readonly updated: number
  readonly url: string | null
}

/** The table of products. */
export const products: TableKey<Product> = { name: 'products' }
const url = '/v1/products'

const common: { readonly [name: string]: Param } = {
  active: bool,
  description: string(),
  images: array(string(2048), 8),
  marketing_features: array(object({ 'name!': string(80) }), 15),
  metadata,
  package_dimensions: unsimulated,
  shippable: bool,
  statement_descriptor: string(22),
  tax_code: string(),
  tax_details: unsimulated,
  unit_label: string(12),
  url: string(),
}

/** Create, retrieve, update, delete, list. */
export function productRoutes(): Route[] {
  return [
    {
      method: 'POST',
      path: url,
      params: params({
        ...common,
        'name!': string(250),
        default_price_data: unsimulated,
        id: string(),
        type: unsimulated,
      }),
      run: create,
    },
    {
      method: 'GET',
      path: url,
      params: listParams({
        active: bool,
        created: range,
        ids: array(string(), 100),
        shippable: bool,
        type: unsimulated,
        url: string(),
      }),
      run: list,
    },
    {
      method: 'GET',
      path: `${url}/{id}`,
      params: params(),
      run: ({ realm, ids }) => productOf(realm, ids['id'] ?? ''),
    },
    {
      method: 'POST',
      path: `${url}/{id}`,
      params: params({ ...common, name: string(250), default_price: string() }),
      run: update,
    },
    { method: 'DELETE', path: `${url}/{id}`, params: params(), run: remove },
  ]
}

/** A product by id. Throws 404, or 400 if a parameter named it. */
export function productOf(realm: Realm, id: string, param?: string): Product {
  const product = realm.table(products).get(id)
  if (!product) throw missingResource('product', id, param)
  return product
}

/** Makes a product; also for prices that bring theirs along. */
export function insertProduct({ core, realm, origin }: Call, fields: Params, chosenId?: string): Product {
  const now = core.clock.seconds()
  const id = chosenId || core.newId('prod_', 14)
  if (realm.table(products).get(id))
    throw badRequest('Product already exists.', { code: 'resource_already_exists', param: 'id' })
  const blank: Product = {
    id,
    object: 'product',
    active: true,
    created: now,
    default_price: null,
    description: null,
    images: [],
    livemode: realm.livemode,
    marketing_features: [],
    metadata: noMetadata,
    name: '',
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: now,
    url: null,
  }
  const product = changed(blank, fields)
  // One of that id that was deleted has had its place; this one is the newest.
  realm.table(products).forget(id)
  realm.table(products).put(product)
  emit(core, origin, 'product.created', product)
  return product
}

function create(call: Call): JsonObject {
  return insertProduct(call, call.params, text(call.params, 'id') ?? undefined)
}

function update({ core, realm, params: fields, origin, ids }: Call): JsonObject {
  const before = productOf(realm, ids['id'] ?? '')
  const price = text(fields, 'default_price')
  if (price && realm.table(prices).get(price)?.product !== before.id)
    throw missingResource('price', price, 'default_price')
  const next = {
    ...changed(before, fields),
    default_price: price === undefined ? before.default_price : price,
  }
  const after = touched(before, next, core.clock.seconds())
  realm.table(products).put(after)
  emitUpdate(core, origin, 'product.updated', before, after)
  return after
}

function remove({ core, realm, origin, ids }: Call): JsonObject {
  const product = productOf(realm, ids['id'] ?? '')
  for (const _ of realm.table(prices).newestFirst(undefined, product.id))
    throw badRequest('This product cannot be deleted because it has one or more user-created prices.')
  const stub = { id: product.id, object: 'product', deleted: true }
  realm.table(products).remove(product.id, stub)
  // Recorded: the product that is told of is inactive already.
  emit(core, origin, 'product.deleted', { ...product, active: false })
  return stub
}

function list({ realm, params: fields }: Call): JsonObject {
  const created = createdFilter(fields)
  const active = flag(fields, 'active')
  const shippable = flag(fields, 'shippable')
  const ids = texts(fields, 'ids')
  const wantedUrl = text(fields, 'url')
  return listPage({
    table: realm.table(products),
    params: fields,
    url,
    kind: 'product',
    where: (product) =>
      created(product.created) &&
      (active === undefined || product.active === active) &&
      (shippable === undefined || product.shippable === shippable) &&
      (!ids || ids.includes(product.id)) &&
      (!wantedUrl || product.url === wantedUrl),
  })
}

function changed(before: Product, fields: Params): Product {
  const kept = (name: 'description' | 'statement_descriptor' | 'tax_code' | 'unit_label' | 'url') => {
    const value = text(fields, name)
    return value === undefined ? before[name] : value
  }
  return {
    ...before,
    active: flag(fields, 'active') ?? before.active,
    description: kept('description'),
    images: texts(fields, 'images') ?? before.images,
    marketing_features:
      hashes(fields, 'marketing_features')?.map((one) => ({ name: text(one, 'name') ?? '' })) ??
      before.marketing_features,
    metadata: mergeMetadata(before.metadata, fields['metadata']),
    name: text(fields, 'name') ?? before.name,
    shippable: flag(fields, 'shippable') ?? before.shippable,
    statement_descriptor: kept('statement_descriptor'),
    tax_code: kept('tax_code'),
    unit_label: kept('unit_label'),
    url: kept('url'),
  }
}
