/**
 * Owns tax ids, of customers and of the account.
 * Promises: types and shapes are checked, verification turns on the clock with its event; there is no update, only delete and create.
 */
import type { Core } from '../../core.ts'
import { emit, emitUpdate, type Origin } from '../../events/emit.ts'
import type { Expansion } from '../../http/expand.ts'
import { listPage, wholeList } from '../../http/list-page.ts'
import type { Call, Route } from '../../http/router.ts'
import { badRequest, missingResource, notSimulated } from '../../http/stripe-error.ts'
import { isJsonObject, type JsonObject } from '../../json.ts'
import type { SpecParams } from '../../params/from-spec.ts'
import type { Params } from '../../params/param.ts'
import { hash, text } from '../../params/read.ts'
import { refusing } from '../../params/refusing.ts'
import type { Realm } from '../../state/store.ts'
import type { TableKey } from '../../state/table.ts'
import { customers } from './customer-object.ts'
import { customerOf, customerParam, retainedCustomer } from './find-customer.ts'
import { isVerified, looksLikeTaxId, taxIdCountry, verificationOutcome } from './tax-id-rules.ts'

/** A tax id as the API shows it. */
export type TaxId = {
  readonly id: string
  readonly object: 'tax_id'
  readonly country: string | null
  readonly created: number
  readonly customer: string | null
  readonly customer_account: null
  readonly livemode: boolean
  readonly owner: { readonly customer?: string; readonly customer_account: null; readonly type: string }
  readonly type: string
  readonly value: string
  readonly verification: {
    readonly status: string
    readonly verified_address: string | null
    readonly verified_name: string | null
  }
}

const taxIds: TableKey<TaxId> = { name: 'tax_ids', groupOf: ({ customer }) => customer ?? 'self' }

const ownersElsewhere = ['owner.account', 'owner.customer_account']

/** Create, retrieve, delete, list; below a customer and on their own. */
export function taxIdRoutes(spec: SpecParams): Route[] {
  const below = '/v1/customers/{id}/tax_ids'
  const one = '/v1/customers/{customerId}/tax_ids/{id}'
  return [
    {
      method: 'POST',
      path: below,
      params: spec('PostCustomersCustomerTaxIds'),
      check: checkTaxId,
      run: (call) => insertTaxId(call.core, call.origin, customerOf(call).id, call.params),
    },
    {
      method: 'GET',
      path: below,
      params: spec('GetCustomersCustomerTaxIds'),
      run: (call) => {
        const { id } = retainedCustomer(call, 'id')
        return page(call, id, `/v1/customers/${id}/tax_ids`)
      },
    },
    {
      method: 'GET',
      path: one,
      params: spec('GetCustomersCustomerTaxIdsId'),
      run: (call) => ofCustomer(call),
    },
    {
      method: 'DELETE',
      path: one,
      params: spec('DeleteCustomersCustomerTaxIdsId'),
      run: (call) => remove(call, ofCustomer(call)),
    },
    {
      method: 'POST',
      path: '/v1/tax_ids',
      params: refusing(spec('TaxId.create'), ownersElsewhere),
      check: checkTaxId,
      run: createOwned,
    },
    {
      method: 'GET',
      path: '/v1/tax_ids',
      params: refusing(spec('TaxId.list'), ownersElsewhere),
      run: (call) => page(call, ownerOf(call.realm, hash(call.params, 'owner')) ?? 'self', '/v1/tax_ids'),
    },
    { method: 'GET', path: '/v1/tax_ids/{id}', params: spec('TaxId.retrieve'), run: (call) => find(call) },
    {
      method: 'DELETE',
      path: '/v1/tax_ids/{id}',
      params: spec('TaxId.del'),
      run: (call) => remove(call, find(call)),
    },
  ]
}

/** Turns the id of the customer that owns a tax id into the customer. */
export const ownerExpansion: Expansion = {
  gives: 'customer',
  value: ({ realm, object: { owner } }) => {
    const id = isJsonObject(owner) ? owner['customer'] : undefined
    return typeof id === 'string' ? (realm.table(customers).row(id)?.value ?? null) : null
  },
}

/** The tax ids of a customer, for `expand`. */
export function taxIdsOf(realm: Realm, customer: string): JsonObject {
  const newest = [...realm.table(taxIds).newestFirst(undefined, customer)]
  return wholeList(newest, `/v1/customers/${customer}/tax_ids`)
}

/** Deletes all tax ids of a customer that goes, without events of their own. */
export function dropTaxIds(realm: Realm, customer: string): void {
  for (const { id } of realm.table(taxIds).oldestFirst(undefined, customer)) realm.table(taxIds).remove(id)
}

/** Refuses a tax id whose value cannot be one of its type. */
export function checkTaxId(params: Params): void {
  const type = text(params, 'type') ?? ''
  const value = text(params, 'value') ?? ''
  if (looksLikeTaxId(type, value)) return
  throw badRequest(`Invalid value for ${type}.`, { code: 'tax_id_invalid', param: 'value' })
}

/** Adds a checked tax id to a customer, or to the account (null), and begins its verification. */
export function insertTaxId(core: Core, origin: Origin, customer: string | null, params: Params): TaxId {
  const { realm } = origin
  const type = text(params, 'type') ?? ''
  const value = text(params, 'value') ?? ''
  const most = core.settings.tax_ids_max
  if (
    customer !== null &&
    most !== null &&
    [...realm.table(taxIds).oldestFirst(undefined, customer)].length >= most
  ) {
    throw badRequest(`This customer already has the maximum number of tax IDs (${most}).`)
  }
  const taxId: TaxId = {
    id: core.newId('txi_1', 23),
    object: 'tax_id',
    country: taxIdCountry(type, value),
    created: core.clock.seconds(),
    customer,
    customer_account: null,
    livemode: realm.livemode,
    owner:
      customer === null
        ? { customer_account: null, type: 'self' }
        : { customer, customer_account: null, type: 'customer' },
    type,
    value,
    verification: {
      status: isVerified(type) ? 'pending' : 'unavailable',
      verified_address: null,
      verified_name: null,
    },
  }
  realm.table(taxIds).put(taxId)
  if (customer !== null) emit(core, origin, 'customer.tax_id.created', taxId)
  if (isVerified(type)) {
    const due = core.clock.now() + core.settings.tax_id_verification_seconds * 1000
    core.store.afterwards(() => core.clock.at(due, () => verify(core, realm, taxId.id)))
  }
  return taxId
}

/** Takes up the verifications that were pending when the sandbox was last stopped. */
export function resumeVerifications(core: Core): void {
  for (const realm of core.store.realms()) {
    for (const { id, created, verification } of realm.table(taxIds).oldestFirst()) {
      if (verification.status !== 'pending') continue
      core.clock.at((created + core.settings.tax_id_verification_seconds) * 1000, () =>
        verify(core, realm, id),
      )
    }
  }
}

/** Ends a verification that is pending, as its value says; one that ended stays as it is. */
export function verify(core: Core, realm: Realm, id: string): void {
  core.store.unit(() => {
    const before = realm.table(taxIds).get(id)
    const outcome = before && verificationOutcome(before.value)
    if (!before || !outcome || before.verification.status !== 'pending') return
    const known =
      outcome === 'verified' ? { verified_address: 'Sandbox street 1', verified_name: 'Sandbox company' } : {}
    const after = { ...before, verification: { ...before.verification, ...known, status: outcome } }
    realm.table(taxIds).put(after)
    if (before.customer !== null)
      emitUpdate(core, { realm, request: null }, 'customer.tax_id.updated', before, after)
  })
}

function createOwned({ core, realm, params, origin }: Call): JsonObject {
  return insertTaxId(core, origin, ownerOf(realm, hash(params, 'owner')), params)
}

/** The customer that owns, or null for the account itself. */
function ownerOf(realm: Realm, owner: Params | null | undefined): string | null {
  const type = owner ? text(owner, 'type') : 'self'
  if (type === 'self') return null
  if (!owner || type !== 'customer')
    throw notSimulated(`A tax id whose owner is of type ${type}`, 'owner[type]')
  const customer = text(owner, 'customer')
  if (!customer)
    throw badRequest('Missing required param: owner[customer].', {
      code: 'parameter_missing',
      param: 'owner[customer]',
    })
  return customerParam(realm, customer, 'owner[customer]').id
}

function page({ realm, params }: Call, group: string, url: string): JsonObject {
  return listPage({ table: realm.table(taxIds), params, url, kind: 'tax id', group })
}

function ofCustomer(call: Call): TaxId {
  const { id } = retainedCustomer(call, 'customerId')
  const taxId = find(call)
  if (taxId.customer !== id) throw missingResource('tax id', taxId.id)
  return taxId
}

function find({ realm, ids: { id = '' } }: Call): TaxId {
  const taxId = realm.table(taxIds).get(id)
  if (!taxId) throw missingResource('tax id', id)
  return taxId
}

function remove({ core, realm, origin }: Call, taxId: TaxId): JsonObject {
  const stub = { id: taxId.id, object: 'tax_id', deleted: true }
  realm.table(taxIds).remove(taxId.id, stub)
  if (taxId.customer !== null) emit(core, origin, 'customer.tax_id.deleted', taxId)
  return stub
}
