// Owns the customers of the in-process store. Promises: compare-and-set on `rev`; key, claim and link unique per tenant.

import type { CustomerDocument, Push } from '../../customer/document.ts'
import { dueAt } from '../due-at.ts'
import type { CustomerRef, CustomerStore, LinkedRef, UniqueRule, WriteResult } from '../store.ts'
import { listed } from './memory-customer-list.ts'

/** The port, and every document for the backlog's counts. */
export function memoryCustomers(): { port: CustomerStore; all: () => CustomerDocument[] } {
  const byId = new Map<string, CustomerDocument>()
  const pushes = new Map<string, CustomerRef & { push: Push }>()

  const ofTenant = (tenantId: string) => [...byId.values()].filter((doc) => doc.tenant_id === tenantId)
  const one = (tenantId: string, wanted: (doc: CustomerDocument) => boolean) =>
    copy(ofTenant(tenantId).find(wanted) ?? null)

  function brokenRule(doc: CustomerDocument): UniqueRule | null {
    for (const other of ofTenant(doc.tenant_id)) {
      if (other._id === doc._id) continue
      if (other.key === doc.key) return 'key'
      if (doc.email_claim !== undefined && other.email_claim === doc.email_claim) return 'email_claim'
      if (doc.stripe_id !== undefined && other.stripe_id === doc.stripe_id) return 'stripe_id'
    }
    return null
  }

  function write(doc: CustomerDocument, rev: number): WriteResult {
    const rule = brokenRule(doc)
    if (rule) return { kind: 'duplicate', rule }
    byId.set(doc._id, copy({ ...doc, rev }))
    return { kind: 'ok' }
  }

  const port: CustomerStore = {
    async readCustomer({ tenantId, customerId }) {
      const doc = byId.get(customerId)
      return doc?.tenant_id === tenantId ? copy(doc) : null
    },
    async readCustomerHead({ tenantId, customerId }) {
      const doc = byId.get(customerId)
      if (doc?.tenant_id !== tenantId) return null
      return { version: doc.version, tombstone: doc.tombstone !== null }
    },
    async findByKey(tenantId, key) {
      return one(tenantId, (doc) => doc.key === key)
    },
    async findByEmail(tenantId, email) {
      const lower = email.toLowerCase()
      const having = ofTenant(tenantId)
        .filter((doc) => isPresent(doc))
        .sort(byIdAscending)
      const claimant = having.find((doc) => doc.email_claim === lower)
      return copy(claimant ?? having.find((doc) => doc.email_lower === lower) ?? null)
    },
    async findByStripeId(tenantId, stripeId) {
      return one(tenantId, (doc) => doc.stripe_id === stripeId)
    },
    async findByStripeIds(tenantId, stripeIds) {
      return copy(
        ofTenant(tenantId).filter(({ stripe_id: id }) => id !== undefined && stripeIds.includes(id)),
      )
    },
    async linkedBetween({ tenantId, from, to, after, limit }) {
      return ofTenant(tenantId)
        .flatMap(({ _id, stripe_id: stripeId, stripe }): LinkedRef[] =>
          stripeId === undefined || stripe?.created === undefined
            ? []
            : [{ customerId: _id, stripeId, created: stripe.created }],
        )
        .filter(({ created }) => created >= from && created <= to)
        .sort(byCreated)
        .filter((ref) => after === null || byCreated(after, ref) < 0)
        .slice(0, limit)
    },
    async findByFormerStripeId(tenantId, stripeId) {
      return one(tenantId, (doc) => doc.former_stripe_ids.includes(stripeId))
    },
    async findUnlinkedByEmail(tenantId, email) {
      const found = ofTenant(tenantId).filter(
        (doc) =>
          !doc.tombstone &&
          doc.state === 'active' &&
          doc.stripe_id === undefined &&
          doc.email_lower === email.toLowerCase(),
      )
      return copy(found.sort(byIdAscending).slice(0, 2))
    },
    async listCustomers(query) {
      return copy(listed(ofTenant(query.tenantId), query))
    },
    async insertCustomer(doc) {
      return byId.has(doc._id) ? { kind: 'duplicate', rule: '_id' } : write(doc, 1)
    },
    async replaceCustomer(doc) {
      const stored = byId.get(doc._id)
      if (stored?.tenant_id !== doc.tenant_id || stored.rev !== doc.rev) return { kind: 'stale' }
      return write(doc, doc.rev + 1)
    },
    async dueCustomers({ now, limit }) {
      return [...byId.values()]
        .flatMap((doc) => ({ doc, at: dueAt(doc) ?? Infinity }))
        .filter(({ at }) => at <= now)
        .sort((a, b) => a.at - b.at || byIdAscending(a.doc, b.doc))
        .slice(0, limit)
        .map(({ doc }) => ({ tenantId: doc.tenant_id, customerId: doc._id }))
    },
    async scanCustomers(tenantId, after, limit) {
      const rest = ofTenant(tenantId).filter((doc) => after === null || doc._id > after)
      return copy(rest.sort(byIdAscending).slice(0, limit))
    },
    async listParked({ tenantId, code, after, limit }) {
      const parked = ofTenant(tenantId).filter(
        (doc) =>
          doc.parked &&
          (code === undefined || doc.parked.code === code) &&
          (after === undefined || doc._id > after),
      )
      return copy(parked.sort(byIdAscending).slice(0, limit))
    },
    async listDoubled({ tenantId, after, limit }) {
      const doubled = ofTenant(tenantId).filter(
        (doc) => doc.duplicate_stripe_ids !== undefined && (after === undefined || doc._id > after),
      )
      return copy(doubled.sort(byIdAscending).slice(0, limit))
    },
    async sharedEmails({ tenantId, after = '', limit }) {
      const linked = ofTenant(tenantId).filter(
        ({ stripe_id, state, email_lower }) =>
          stripe_id !== undefined && state !== 'deleted' && email_lower !== null && email_lower > after,
      )
      const byEmail = Map.groupBy(linked.sort(byIdAscending), ({ email_lower }) => email_lower ?? '')
      return [...byEmail]
        .filter(([, docs]) => docs.length > 1)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit)
        .map(([email, docs]) => ({ email, customerIds: docs.map(({ _id }) => _id) }))
    },
    async keepPush(ref, push) {
      const key = `${ref.tenantId}/${push.key}`
      if (!pushes.has(key)) pushes.set(key, { ...ref, push: copy(push) })
    },
    async findKeptPush(tenantId, key) {
      return copy(pushes.get(`${tenantId}/${key}`)?.push ?? null)
    },
    async eraseKeptPushes({ tenantId, customerId }) {
      for (const [key, kept] of pushes)
        if (kept.tenantId === tenantId && kept.customerId === customerId) pushes.delete(key)
    },
  }
  return { port, all: () => [...byId.values()] }
}

function copy<T>(value: T): T {
  return structuredClone(value)
}

function byIdAscending(a: CustomerDocument, b: CustomerDocument): number {
  return a._id < b._id ? -1 : 1
}

function byCreated(a: LinkedRef, b: LinkedRef): number {
  return a.created - b.created || (a.customerId < b.customerId ? -1 : 1)
}

function isPresent(doc: CustomerDocument): boolean {
  return !doc.tombstone && doc.state !== 'deleted'
}
