// Owns the customers' collection: compare-and-set writes, look-ups by identity, lists and the sweeper's question.
// Promises: filters hold trusted typed values only; every list by id carries a bound on `_id`, which one engine needs
// to read it from its index and the other does not mind.

import type { mongo } from 'mongoose'
import type { CustomerStore } from '../store.ts'
import { type Collections, customerOf, expiry, type StoredCustomer, storedCustomer } from './collections.ts'
import { customerList } from './list-customers.ts'
import { insertOne, replaceOne } from './writes.ts'

/** The port over these collections. */
export function mongoCustomers({
  customers,
  pushes,
}: Pick<Collections, 'customers' | 'pushes'>): CustomerStore {
  async function one(filter: mongo.Filter<StoredCustomer>) {
    const stored = await customers.findOne(filter)
    return stored && customerOf(stored)
  }
  async function oldestOf(filter: mongo.Filter<StoredCustomer>, limit: number) {
    // Few documents share an e-mail: these are sorted in memory, and a bound on `_id` would only mislead the planner.
    const found = await customers.find(filter).sort({ _id: 1 }).limit(limit).toArray()
    return found.map(customerOf)
  }

  return {
    readCustomer: ({ tenantId, customerId }) => one({ _id: customerId, tenant_id: tenantId }),
    async readCustomerHead({ tenantId, customerId }) {
      const projection = { version: 1, 'tombstone.at': 1 }
      const found = await customers.findOne({ _id: customerId, tenant_id: tenantId }, { projection })
      return found && { version: found.version, tombstone: Boolean(found.tombstone) }
    },
    findByKey: (tenantId, key) => one({ tenant_id: tenantId, key }),
    findByStripeId: (tenantId, stripeId) => one({ tenant_id: tenantId, stripe_id: stripeId }),
    async findByStripeIds(tenantId, stripeIds) {
      if (stripeIds.length === 0) return []
      const found = await customers
        .find({ tenant_id: tenantId, stripe_id: { $in: [...stripeIds] } })
        .toArray()
      return found.map(customerOf)
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
      const lower = email.toLowerCase()
      const present: mongo.Filter<StoredCustomer> = {
        tenant_id: tenantId,
        state: { $ne: 'deleted' },
        tombstone: null,
      }
      const claimant = await one({ ...present, email_claim: lower })
      return claimant ?? (await oldestOf({ ...present, email_lower: lower }, 1))[0] ?? null
    },

    findUnlinkedByEmail: (tenantId, email) =>
      oldestOf(
        {
          tenant_id: tenantId,
          email_lower: email.toLowerCase(),
          state: 'active',
          stripe_id: { $exists: false },
          tombstone: null,
        },
        2,
      ),

    async listCustomers(query) {
      const { filter, sort } = customerList(query)
      const found = await customers
        .find(filter)
        .sort(sort)
        .skip(query.offset ?? 0)
        .limit(query.limit)
        .toArray()
      return found.map(customerOf)
    },

    insertCustomer: (doc) => insertOne(customers, storedCustomer({ ...doc, rev: 1 })),

    replaceCustomer: (doc) =>
      replaceOne(
        customers,
        { _id: doc._id, tenant_id: doc.tenant_id, rev: doc.rev },
        storedCustomer({ ...doc, rev: doc.rev + 1 }),
      ),

    async dueCustomers({ now, limit }) {
      const found = await customers
        // The lower bound is for an engine that takes only a range with both ends from a partial index.
        .find({ due_at: { $gte: 0, $lte: now } }, { projection: { tenant_id: 1 } })
        .sort({ due_at: 1 })
        .limit(limit)
        .toArray()
      return found.map(({ _id, tenant_id }) => ({ tenantId: tenant_id, customerId: _id }))
    },

    async scanCustomers(tenantId, after, limit) {
      const found = await customers
        .find({ tenant_id: tenantId, _id: { $gt: after ?? '' } })
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
