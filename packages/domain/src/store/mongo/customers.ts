// Owns the customers' collection: compare-and-set writes, look-ups by identity, lists and the sweeper's question.
// Promises: filters hold trusted typed values only; a list is read in order from an index that the query names: a planner without
// statistics would fetch a whole backlog, or all that is left of a tenant, and sort it.

import type { mongo } from 'mongoose'
import type { CustomerDocument } from '../../customer/document.ts'
import type { CustomerHead, CustomerRef, CustomerStore, InsertResult, WriteResult } from '../store.ts'
import { type Collections, customerOf, expiry, type StoredCustomer, storedCustomer } from './collections.ts'
import type { CustomerIndex } from './indexes.ts'
import { customerList } from './list-customers.ts'
import { byTenant, shared } from './shared.ts'
import { insertMany, insertOne, replaceMany } from './writes.ts'

/** The port over these collections. */
export function mongoCustomers({
  customers,
  pushes,
}: Pick<Collections, 'customers' | 'pushes'>): CustomerStore {
  async function one(filter: mongo.Filter<StoredCustomer>) {
    const stored = await customers.findOne(filter)
    return stored && customerOf(stored)
  }
  const linked = (tenantId: string, stripeIds: readonly string[]) =>
    customers.find({ tenant_id: tenantId, stripe_id: { $in: [...stripeIds] } }).toArray()
  const findLinked = shared<{ tenantId: string; stripeId: string }, CustomerDocument | null>((asked) =>
    byTenant(asked, async (tenantId, ofTenant) => {
      const found = await linked(
        tenantId,
        ofTenant.map(({ stripeId }) => stripeId),
      )
      const byStripeId = new Map(found.map((each) => [each.stripe_id, each]))
      return ofTenant.map(({ stripeId }) => {
        const doc = byStripeId.get(stripeId)
        return doc ? customerOf(doc) : null
      })
    }),
  )
  /** By `<tenant>/<id>`: what was found for one tenant is no other's answer. */
  async function stored(refs: CustomerRef[], projection?: mongo.Document) {
    const tenants = [...new Set(refs.map(({ tenantId }) => tenantId))]
    const ids = [...new Set(refs.map(({ customerId }) => customerId))]
    const found = await customers
      .find({ _id: { $in: ids }, tenant_id: { $in: tenants } }, { ...(projection && { projection }) })
      .toArray()
    const byRef = new Map(found.map((each) => [`${each.tenant_id}/${each._id}`, each]))
    return refs.map(({ tenantId, customerId }) => byRef.get(`${tenantId}/${customerId}`) ?? null)
  }

  return {
    readCustomer: shared<CustomerRef, CustomerDocument | null>(async (refs) =>
      (await stored(refs)).map((found) => found && customerOf(found)),
    ),
    readCustomerHead: shared<CustomerRef, CustomerHead | null>(async (refs) => {
      const heads = await stored(refs, { tenant_id: 1, version: 1, 'tombstone.at': 1 })
      return heads.map((found) => found && { version: found.version, tombstone: Boolean(found.tombstone) })
    }),
    findByKey: (tenantId, key) => one({ tenant_id: tenantId, key }),
    findByStripeId: (tenantId, stripeId) => findLinked({ tenantId, stripeId }),
    async findByStripeIds(tenantId, stripeIds) {
      return stripeIds.length === 0 ? [] : (await linked(tenantId, stripeIds)).map(customerOf)
    },
    async linkedBetween({ tenantId, from, to, after, limit }) {
      const found = await customers
        .find(
          {
            tenant_id: tenantId,
            'stripe.created': { $gte: after?.created ?? from, $lte: to },
            stripe_id: { $exists: true },
            ...(after && {
              $or: [
                { 'stripe.created': { $gt: after.created } },
                { 'stripe.created': after.created, _id: { $gt: after.customerId } },
              ],
            }),
          },
          { projection: { stripe_id: 1, 'stripe.created': 1 } },
        )
        .sort({ 'stripe.created': 1, _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(({ _id, stripe_id, stripe }) => ({
        customerId: _id,
        // Both were asked for.
        stripeId: stripe_id ?? '',
        created: stripe?.created ?? 0,
      }))
    },
    findByFormerStripeId: (tenantId, stripeId) => one({ tenant_id: tenantId, former_stripe_ids: stripeId }),

    async findByEmail(tenantId, email) {
      const found = await customers
        .find({
          tenant_id: tenantId,
          email_lower: email.toLowerCase(),
          state: { $ne: 'deleted' },
          tombstone: null,
        })
        // A claim is on the e-mail that the customer has (email-claim.ts), and a text comes behind none: who claims it is first.
        .sort({ email_claim: -1, _id: 1 })
        .limit(1)
        .toArray()
      return found[0] ? customerOf(found[0]) : null
    },

    async findUnlinkedByEmail(tenantId, email) {
      // Few documents share an e-mail: these are sorted in memory, and a bound on `_id` would only mislead the planner.
      const found = await customers
        .find({
          tenant_id: tenantId,
          email_lower: email.toLowerCase(),
          state: 'active',
          stripe_id: { $exists: false },
          tombstone: null,
        })
        .sort({ _id: 1 })
        .limit(2)
        .toArray()
      return found.map(customerOf)
    },

    async listCustomers(query) {
      const { filter, sort, ...index } = customerList(query)
      const found = await customers
        .find(filter, index)
        .sort(sort)
        .skip(query.offset ?? 0)
        .limit(query.limit)
        .toArray()
      return found.map(customerOf)
    },

    insertCustomer: shared<CustomerDocument, InsertResult>((docs) =>
      insertMany(
        customers,
        docs.map((doc) => storedCustomer({ ...doc, rev: 1 })),
      ),
    ),

    replaceCustomer: shared<CustomerDocument, WriteResult>((docs) =>
      replaceMany(
        customers,
        docs.map((doc) => ({
          filter: { _id: doc._id, tenant_id: doc.tenant_id, rev: doc.rev },
          doc: storedCustomer({ ...doc, rev: doc.rev + 1 }),
        })),
      ),
    ),

    async dueCustomers({ now, limit }) {
      const found = await customers
        // The lower bound is for an engine that takes only a range with both ends from a partial index.
        .find(
          { due_at: { $gte: 0, $lte: now } },
          { projection: { tenant_id: 1 }, hint: 'customers_due' satisfies CustomerIndex },
        )
        .sort({ due_at: 1 })
        .limit(limit)
        .toArray()
      return found.map(({ _id, tenant_id }) => ({ tenantId: tenant_id, customerId: _id }))
    },

    async scanCustomers(tenantId, after, limit) {
      const found = await customers
        .find(
          { tenant_id: tenantId, ...(after !== null && { _id: { $gt: after } }) },
          { hint: 'customers_tenant_id' satisfies CustomerIndex },
        )
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(customerOf)
    },

    async listParked({ tenantId, code, after, limit }) {
      const found = await customers
        .find({
          tenant_id: tenantId,
          'parked.code': code ?? { $exists: true },
          // Few are parked: a bound on the first page would only draw the planner to walk all ids.
          ...(after !== undefined && { _id: { $gt: after } }),
        })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(customerOf)
    },

    async listDoubled({ tenantId, after, limit }) {
      const found = await customers
        .find({
          tenant_id: tenantId,
          duplicate_stripe_ids: { $exists: true },
          ...(after !== undefined && { _id: { $gt: after } }),
        })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(customerOf)
    },

    async sharedEmails({ tenantId, after = '', limit }) {
      const found = await customers
        .aggregate<{ _id: string; ids: string[] }>([
          {
            $match: {
              tenant_id: tenantId,
              email_lower: { $gt: after },
              stripe_id: { $exists: true },
              state: { $ne: 'deleted' },
            },
          },
          { $group: { _id: '$email_lower', ids: { $push: '$_id' }, count: { $sum: 1 } } },
          { $match: { count: { $gt: 1 } } },
          { $sort: { _id: 1 } },
          { $limit: limit },
        ])
        .toArray()
      return found.map(({ _id, ids }) => ({ email: _id, customerIds: ids.toSorted() }))
    },

    async keepPush({ tenantId, customerId }, push) {
      await insertOne(pushes, {
        _id: `${tenantId}/${push.key}`,
        tenant_id: tenantId,
        customer_id: customerId,
        push,
        expires_at: expiry(push.ended_at),
      })
    },

    async findKeptPush(tenantId, key) {
      const kept = await pushes.findOne({ _id: `${tenantId}/${key}` })
      return kept?.push ?? null
    },

    async eraseKeptPushes({ tenantId, customerId }) {
      await pushes.deleteMany({ tenant_id: tenantId, customer_id: customerId })
    },
  }
}
