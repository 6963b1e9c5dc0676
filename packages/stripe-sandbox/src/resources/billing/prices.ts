/**
 * Owns prices.
 * Promises: the amount of a price never changes; a lookup key belongs to one price at a time; tiers and the like are refused, saying so.
 */
import { emit, emitUpdate } from '../../events/emit.ts'
import { createdFilter, listPage } from '../../http/list-page.ts'
import type { Call, Route } from '../../http/router.ts'
import { badRequest, missingResource } from '../../http/stripe-error.ts'
import type { JsonObject } from '../../json.ts'
import {
  array,
  bool,
  choice,
  currency,
  decimal,
  int,
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
import { flag, hash, integer, text, texts } from '../../params/read.ts'
import type { Realm } from '../../state/store.ts'
import { narrowedBy } from './find.ts'
import { meters } from './meter/meter-object.ts'
import { checkMeter, checkPrice } from './price-check.ts'
import { planOf, prices, type Price, type Recurring } from './price-object.ts'
import { insertProduct, productOf } from './products.ts'

const url = '/v1/prices'
const intervals = ['day', 'week', 'month', 'year'] as const
const interval = choice(...intervals)

const common: { readonly [name: string]: Param } = {
  active: bool,
  currency_options: unsimulated,
  lookup_key: string(200),
  metadata,
  nickname: string(),
  tax_behavior: choice('exclusive', 'inclusive', 'unspecified'),
  transfer_lookup_key: bool,
}
const createParams = params({
  ...common,
  'currency!': currency,
  billing_scheme: choice('per_unit', 'tiered'),
  custom_unit_amount: unsimulated,
  product: string(),
  product_data: object({
    'name!': string(250),
    active: bool,
    metadata,
    statement_descriptor: string(22),
    tax_code: string(),
    tax_details: unsimulated,
    unit_label: string(12),
    id: string(),
  }),
  recurring: object({
    'interval!': interval,
    interval_count: int,
    meter: string(),
    trial_period_days: int,
    usage_type: choice('licensed', 'metered'),
  }),
  tiers: unsimulated,
  tiers_mode: unsimulated,
  transform_quantity: unsimulated,
  unit_amount: int,
  unit_amount_decimal: decimal,
})

/** Create, retrieve, update, list. */
export function priceRoutes(): Route[] {
  return [
    { method: 'POST', path: url, params: createParams, check: checkPrice, run: create },
    {
      method: 'GET',
      path: url,
      params: listParams({
        active: bool,
        created: range,
        currency,
        lookup_keys: array(string(), 10),
        product: string(),
        recurring: object({ interval, meter: string(), usage_type: choice('licensed', 'metered') }),
        type: choice('one_time', 'recurring'),
      }),
      run: list,
    },
    {
      method: 'GET',
      path: `${url}/{id}`,
      params: params(),
      run: ({ realm, ids }) => priceOf(realm, ids['id'] ?? ''),
    },
    { method: 'POST', path: `${url}/{id}`, params: params(common), run: update },
  ]
}

/** A price by id. Throws 404, or 400 if a parameter named it. */
export function priceOf(realm: Realm, id: string, param?: string): Price {
  const price = realm.table(prices).get(id)
  if (!price) throw missingResource('price', id, param)
  return price
}

function create(call: Call): JsonObject {
  const { core, realm, params: fields, origin } = call
  const data = hash(fields, 'product_data')
  const product = data
    ? insertProduct(call, data, text(data, 'id') ?? undefined)
    : productOf(realm, text(fields, 'product') ?? '', 'product')
  const recurring = hash(fields, 'recurring')
  checkMeter(realm, recurring ?? {})
  const whole = integer(fields, 'unit_amount')
  const decimalText = text(fields, 'unit_amount_decimal') ?? String(whole ?? 0)
  const price: Price = {
    id: core.newId('price_1', 23),
    object: 'price',
    active: flag(fields, 'active') ?? true,
    billing_scheme: 'per_unit',
    created: core.clock.seconds(),
    currency: text(fields, 'currency') ?? '',
    custom_unit_amount: null,
    livemode: realm.livemode,
    lookup_key: takeLookupKey(call, undefined),
    metadata: mergeMetadata(noMetadata, fields['metadata']),
    nickname: text(fields, 'nickname') ?? null,
    product: product.id,
    recurring: recurring ? readRecurring(recurring) : null,
    tax_behavior: text(fields, 'tax_behavior') ?? 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: recurring ? 'recurring' : 'one_time',
    unit_amount: whole ?? (Number.isInteger(Number(decimalText)) ? Number(decimalText) : null),
    unit_amount_decimal: decimalText,
  }
  realm.table(prices).put(price)
  // A recurring price still is a plan, and tells of itself as one too.
  if (price.recurring) emit(core, origin, 'plan.created', planOf(price))
  emit(core, origin, 'price.created', price)
  return price
}

function update(call: Call): JsonObject {
  const { core, realm, params: fields, origin, ids } = call
  const before = priceOf(realm, ids['id'] ?? '')
  const nickname = text(fields, 'nickname')
  const after: Price = {
    ...before,
    active: flag(fields, 'active') ?? before.active,
    lookup_key: takeLookupKey(call, before),
    metadata: mergeMetadata(before.metadata, fields['metadata']),
    nickname: nickname === undefined ? before.nickname : nickname,
    tax_behavior: text(fields, 'tax_behavior') ?? before.tax_behavior,
  }
  realm.table(prices).put(after)
  if (after.recurring) emitUpdate(core, origin, 'plan.updated', planOf(before), planOf(after))
  emitUpdate(core, origin, 'price.updated', before, after)
  return after
}

function takeLookupKey(
  { core, realm, params: fields, origin }: Call,
  before: Price | undefined,
): string | null {
  const key = text(fields, 'lookup_key')
  if (key === undefined) return before?.lookup_key ?? null
  if (key === null) return null
  for (const holder of realm.table(prices).newestFirst()) {
    if (holder.lookup_key !== key || holder.id === before?.id) continue
    if (!flag(fields, 'transfer_lookup_key')) {
      throw badRequest(`A price (\`${holder.id}\`) already uses that lookup key.`, { param: 'lookup_key' })
    }
    const without = { ...holder, lookup_key: null }
    realm.table(prices).put(without)
    emitUpdate(core, origin, 'price.updated', holder, without)
  }
  return key
}

function readRecurring(fields: Params): Recurring {
  return {
    interval: intervals.find((one) => one === text(fields, 'interval')) ?? 'month',
    interval_count: integer(fields, 'interval_count') ?? 1,
    meter: text(fields, 'meter') ?? null,
    trial_period_days: integer(fields, 'trial_period_days') ?? null,
    usage_type: text(fields, 'usage_type') === 'metered' ? 'metered' : 'licensed',
  }
}

function list({ realm, params: fields }: Call): JsonObject {
  const created = createdFilter(fields)
  const active = flag(fields, 'active')
  const product = text(fields, 'product')
  const currency = text(fields, 'currency')
  const type = text(fields, 'type')
  const keys = texts(fields, 'lookup_keys')
  const recurring = hash(fields, 'recurring')
  if (recurring) narrowedBy(realm, meters, 'billing meter', text(recurring, 'meter'), 'recurring[meter]')
  return listPage({
    table: realm.table(prices),
    params: fields,
    url,
    kind: 'price',
    ...(product ? { group: productOf(realm, product, 'product').id } : {}),
    where: (price) =>
      created(price.created) &&
      (active === undefined || price.active === active) &&
      (!currency || price.currency === currency) &&
      (!type || price.type === type) &&
      (!keys || (price.lookup_key !== null && keys.includes(price.lookup_key))) &&
      (!recurring || recurs(price, recurring)),
  })
}

/** True for a price that recurs as a list is narrowed by. */
function recurs({ recurring }: Price, wanted: Params): boolean {
  if (!recurring) return false
  const { interval: every, meter, usage_type: use } = recurring
  const as = (name: string, value: string | null) => (text(wanted, name) ?? value) === value
  return as('interval', every) && as('meter', meter) && as('usage_type', use)
}
