/**
 * Owns coupons.
 * Promises: a percentage or an amount, never both; a deleted coupon can no longer be redeemed, discounts that it gave stay.
 */
import type { Core } from '../../core.ts'
import { emit, emitUpdate } from '../../events/emit.ts'
import type { Expansion } from '../../http/expand.ts'
import { createdFilter, listPage } from '../../http/list-page.ts'
import type { Call, Route } from '../../http/router.ts'
import { badRequest, missingResource, pastTime } from '../../http/stripe-error.ts'
import { isJsonObject, type JsonObject, type Metadata } from '../../json.ts'
import {
  choice,
  currency,
  decimal,
  int,
  listParams,
  metadata,
  params,
  range,
  string,
  unsimulated,
} from '../../params/declare.ts'
import { mergeMetadata, noMetadata } from '../../params/metadata.ts'
import type { Params } from '../../params/param.ts'
import { integer, text } from '../../params/read.ts'
import type { Realm } from '../../state/store.ts'
import type { TableKey } from '../../state/table.ts'

/** A coupon as the API shows it. */
export type Coupon = {
  readonly id: string
  readonly object: 'coupon'
  readonly amount_off: number | null
  readonly created: number
  readonly currency: string | null
  readonly duration: string
  readonly duration_in_months: number | null
  readonly livemode: boolean
  readonly max_redemptions: number | null
  readonly metadata: Metadata
  readonly name: string | null
  readonly percent_off: number | null
  readonly redeem_by: number | null
  readonly times_redeemed: number
  readonly valid: boolean
}

const coupons: TableKey<Coupon> = { name: 'coupons' }
const url = '/v1/coupons'
/** A hundred years: the end of a discount must be a time. */
const monthsMax = 1200

const createParams = params({
  id: string(),
  amount_off: int,
  applies_to: unsimulated,
  currency,
  currency_options: unsimulated,
  duration: choice('forever', 'once', 'repeating'),
  duration_in_months: int,
  max_redemptions: int,
  metadata,
  name: string(40),
  percent_off: decimal,
  redeem_by: int,
})

/** Create, retrieve, update, delete, list. */
export function couponRoutes(): Route[] {
  return [
    { method: 'POST', path: url, params: createParams, check, run: create },
    {
      method: 'GET',
      path: url,
      params: listParams({ created: range }),
      run: ({ realm, params }) => {
        const created = createdFilter(params)
        return listPage({
          table: realm.table(coupons),
          params,
          url,
          kind: 'coupon',
          where: (coupon) => created(coupon.created),
        })
      },
    },
    {
      method: 'GET',
      path: `${url}/{id}`,
      params: params(),
      run: (call) => couponOf(call.realm, call.ids['id'] ?? ''),
    },
    {
      method: 'POST',
      path: `${url}/{id}`,
      params: params({ metadata, name: string(40), currency_options: unsimulated }),
      run: update,
    },
    { method: 'DELETE', path: `${url}/{id}`, params: params(), run: remove },
  ]
}

/** Turns the coupon of a discount's source into the coupon; one that was deleted stays an id. */
export const couponExpansion: Expansion = {
  gives: 'coupon',
  value: ({ realm, object: { source } }) => {
    const id = isJsonObject(source) ? source['coupon'] : undefined
    return typeof id === 'string' ? (realm.table(coupons).get(id) ?? id) : null
  },
}

/** A coupon by id. Throws 404, or 400 if a parameter named it. */
export function couponOf(realm: Realm, id: string, param?: string): Coupon {
  const coupon = realm.table(coupons).get(id)
  if (!coupon) throw missingResource('coupon', id, param)
  return coupon
}

/** Counts a redemption. Throws 400 if the coupon is used up or past its time. */
export function redeemedCoupon(realm: Realm, coupon: Coupon): Coupon {
  if (!coupon.valid)
    throw badRequest(`Coupon expired: ${coupon.id}`, { code: 'coupon_expired', param: 'coupon' })
  const times = coupon.times_redeemed + 1
  const after = {
    ...coupon,
    times_redeemed: times,
    valid: coupon.max_redemptions === null || times < coupon.max_redemptions,
  }
  realm.table(coupons).put(after)
  return after
}

/** What a discount takes from an amount; never more than the amount. */
export function discountOf(coupon: Coupon, amount: number): number {
  const off =
    coupon.percent_off === null ? (coupon.amount_off ?? 0) : Math.round((amount * coupon.percent_off) / 100)
  return Math.min(Math.max(amount, 0), off)
}

/** The texts are recorded ones. */
function check(params: Params, core: Core): void {
  const percent = text(params, 'percent_off')
  const amount = integer(params, 'amount_off')
  if (percent === undefined && amount === undefined)
    throw badRequest('Must provide percent_off or amount_off.', { code: 'parameter_missing' })
  if (percent !== undefined && amount !== undefined) {
    throw badRequest('Received both percent_off and amount_off parameters. Please pass in only one.')
  }
  if (typeof percent === 'string' && !(Number(percent) >= 0.01 && Number(percent) <= 100)) {
    const bound = Number(percent) < 0.01 ? 'greater than or equal to 0.01' : 'less than or equal to 100'
    const shown = Number(percent) % 1 === 0 ? Number(percent).toFixed(1) : percent
    throw badRequest(`This value must be ${bound} (it currently is '${shown}').`, { param: 'percent_off' })
  }
  if (amount !== undefined && !text(params, 'currency'))
    throw badRequest('You must pass currency when passing amount_off', { param: 'currency' })
  const repeating = text(params, 'duration') === 'repeating'
  const months = integer(params, 'duration_in_months')
  if (months !== undefined && (months < 1 || months > monthsMax)) {
    throw badRequest(`Invalid duration_in_months: must be from 1 to ${monthsMax}.`, {
      param: 'duration_in_months',
    })
  }
  if (repeating && months === undefined) {
    throw badRequest(
      'The duration_in_months param must be set when creating a coupon with a repeating duration',
      { param: 'duration' },
    )
  }
  if (!repeating && months !== undefined) {
    throw badRequest('duration_in_months goes with the duration repeating, and only with it.', {
      param: 'duration_in_months',
    })
  }
  const until = integer(params, 'redeem_by')
  if (until !== undefined && until <= core.clock.seconds()) throw pastTime('redeem_by', until)
}

function create({ core, realm, params, origin }: Call): JsonObject {
  const id = text(params, 'id') || core.random.token(8)
  if (realm.table(coupons).get(id))
    throw badRequest('Coupon already exists.', { code: 'resource_already_exists' })
  const percent = text(params, 'percent_off')
  const coupon: Coupon = {
    id,
    object: 'coupon',
    amount_off: integer(params, 'amount_off') ?? null,
    created: core.clock.seconds(),
    currency: text(params, 'currency') ?? null,
    duration: text(params, 'duration') ?? 'once',
    duration_in_months: integer(params, 'duration_in_months') ?? null,
    livemode: realm.livemode,
    max_redemptions: integer(params, 'max_redemptions') ?? null,
    metadata: mergeMetadata(noMetadata, params['metadata']),
    name: text(params, 'name') ?? null,
    percent_off: percent ? Number(percent) : null,
    redeem_by: integer(params, 'redeem_by') ?? null,
    times_redeemed: 0,
    valid: true,
  }
  // One of that name that was deleted has had its place; this one is the newest.
  realm.table(coupons).forget(id)
  realm.table(coupons).put(coupon)
  emit(core, origin, 'coupon.created', coupon)
  return coupon
}

function update({ core, realm, params, origin, ids }: Call): JsonObject {
  const before = couponOf(realm, ids['id'] ?? '')
  const name = text(params, 'name')
  const after = {
    ...before,
    name: name === undefined ? before.name : name,
    metadata: mergeMetadata(before.metadata, params['metadata']),
  }
  realm.table(coupons).put(after)
  emitUpdate(core, origin, 'coupon.updated', before, after)
  return after
}

function remove({ core, realm, origin, ids }: Call): JsonObject {
  const coupon = couponOf(realm, ids['id'] ?? '')
  const stub = { id: coupon.id, object: 'coupon', deleted: true }
  realm.table(coupons).remove(coupon.id, stub)
  // Recorded: the coupon that is told of is not valid any more.
  emit(core, origin, 'coupon.deleted', { ...coupon, valid: false })
  return stub
}
