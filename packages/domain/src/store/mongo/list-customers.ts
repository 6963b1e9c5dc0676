// Owns the query behind a list of customers.
// Promises: a list is read in order from an index, from its cursor on, as far as its page goes; filters that find few are
// read from theirs.

import type { mongo } from 'mongoose'
import { type CustomerFilters, type CustomerListQuery, type CustomerSort, orderOf } from '../store.ts'
import type { StoredCustomer } from './collections.ts'
import type { CustomerIndex } from './indexes.ts'

/** The last code point: no text that begins with a prefix comes after the prefix and this. */
const lastCharacter = '\u{10ffff}'

/** The filter, the order, and the index that has it. */
export function customerList(query: CustomerListQuery): {
  filter: mongo.Filter<StoredCustomer>
  sort: [string, mongo.SortDirection][]
  hint?: CustomerIndex
} {
  const { by, ascending } = orderOf(query)
  const direction = ascending ? 1 : -1
  const { after } = query
  return {
    filter: {
      tenant_id: query.tenantId,
      tombstone: null,
      state: query.state ?? { $ne: 'deleted' },
      ...(after !== undefined && { _id: ascending ? { $gt: after } : { $lt: after } }),
      ...equalities(query),
      ...alternatives(query),
    },
    sort: [...(by === 'created_at' ? [] : [sortKey[by]]), '_id'].map((field) => [field, direction]),
    // Left to itself a planner that takes a filter for a rare one would fetch and sort all that match. Where another index
    // finds a handful it does the right thing.
    ...(!findsFew(query) && { hint: inOrder(by, query) }),
  }
}

/** The index that has all customers of the tenant, or of the status too, in this order. */
function inOrder(by: CustomerSort, { status }: CustomerFilters): CustomerIndex {
  if (by === 'key') return 'customers_key_lower'
  if (by === 'name') return 'customers_name'
  return status === undefined ? 'customers_tenant_id' : 'customers_status'
}

const sortKey = { key: 'key_lower', name: 'name_lower' } as const

/** Filters that have an index of their own. */
function findsFew(filters: CustomerFilters): boolean {
  const { email, stripeCustomerId, userId, companyId, assignedTo, tag, search } = filters
  return [email, stripeCustomerId, userId, companyId, assignedTo, tag, search].some(
    (each) => each !== undefined,
  )
}

function equalities(filters: CustomerFilters): mongo.Filter<StoredCustomer> {
  const { status, tier, source, assignedTo, companyId, userId, appId, email, stripeCustomerId, tag } = filters
  return {
    ...(status !== undefined && { status }),
    ...(tier !== undefined && { tier }),
    ...(source !== undefined && { source }),
    ...(assignedTo !== undefined && { assigned_to: assignedTo }),
    ...(companyId !== undefined && { company_id: companyId }),
    ...(userId !== undefined && { user_id: userId }),
    ...(appId !== undefined && { app_id: appId }),
    ...(email !== undefined && { email_lower: email.toLowerCase() }),
    ...(stripeCustomerId !== undefined && { stripe_id: stripeCustomerId }),
    ...(tag !== undefined && { tags: tag }),
  }
}

function alternatives({ currency, search }: CustomerFilters): mongo.Filter<StoredCustomer> {
  const all: mongo.Filter<StoredCustomer>[] = []
  if (currency !== undefined) {
    // The caller's wish counts until Stripe has fixed one.
    all.push({ $or: [{ 'stripe.currency': currency }, { currency, 'stripe.currency': null }] })
  }
  if (search !== undefined) {
    const prefix = search.toLowerCase()
    const within = { $gte: prefix, $lte: `${prefix}${lastCharacter}` }
    all.push({ $or: [{ key_lower: within }, { name_lower: within }, { email_lower: within }] })
  }
  return all.length === 0 ? {} : { $and: all }
}
