// Owns the query behind a list of customers.
// Promises: a list by age is read from an index, from its cursor on; filters that find few are read from theirs.

import type { mongo } from 'mongoose'
import { type CustomerFilters, type CustomerListQuery, orderOf } from '../store.ts'
import type { StoredCustomer } from './collections.ts'

/** Greater than every id: they are hexadecimal. */
const aboveEveryId = 'g'
/** The last code point: no text that begins with a prefix comes after the prefix and this. */
const lastCharacter = '\u{10ffff}'

/** The filter and the order of a list. */
export function customerList(query: CustomerListQuery): {
  filter: mongo.Filter<StoredCustomer>
  sort: [string, mongo.SortDirection][]
} {
  const { by, ascending } = orderOf(query)
  const direction = ascending ? 1 : -1
  const { after } = query
  const bound = ascending ? { $gt: after ?? '' } : { $lt: after ?? aboveEveryId }
  // Where another index finds a handful, the bound would draw the planner to walk all ids.
  const walksIds = by === 'created_at' && !findsFew(query)
  return {
    filter: {
      tenant_id: query.tenantId,
      tombstone: null,
      state: query.state ?? { $ne: 'deleted' },
      ...((after !== undefined || walksIds) && { _id: bound }),
      ...equalities(query),
      ...alternatives(query),
    },
    sort: [...(by === 'created_at' ? [] : [sortKey[by]]), '_id'].map((field) => [field, direction]),
  }
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
