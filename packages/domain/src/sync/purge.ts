// Owns the end of a customer: deleted at Stripe, and here a tombstone that nothing revives (PROTOCOL sections 1 and 4). Pure.
// Promises: the tombstone is the document itself, reduced; what waited for Stripe is cancelled in the same write; key and
// e-mail are free for others from then on.

import { type CustomerDocument, type Intent, newCustomer, type Tombstone } from '../customer/document.ts'
import { allEnded, ended } from '../customer/waiting-commands.ts'
import { type Moment, withEvent } from '../event/outbox.ts'
import { bug } from '../error/catalogue.ts'
import { intentKey } from './intent.ts'

/** The document with the delete written down that a purge asks for. */
export function openedDelete(doc: CustomerDocument, now: number): CustomerDocument {
  if (doc.intent) throw bug('an intent is open already')
  const key = intentKey(doc, 'delete')
  const intent: Intent = {
    kind: 'delete',
    key,
    form: [],
    sent: [],
    expect: [],
    since: now,
    first_since: now,
    keys: [key],
    doubt_since: null,
    echoed: false,
  }
  return { ...doc, intent, intent_n: doc.intent_n + 1 }
}

/** The tombstone of a purge: the Stripe customer, if there was one, is gone. */
export function purged(doc: CustomerDocument, moment: Moment): CustomerDocument {
  const { purge } = doc
  if (!purge) throw bug('no purge was asked for')
  const former = doc.stripe_id === undefined ? [] : [doc.stripe_id]
  // A double is deleted by a person alone: whoever asked for the purge is told what is left of this one there.
  const { duplicate_stripe_ids: doubles } = doc
  const left = doubles && { left_at_stripe: doubles }
  const told = withEvent({ ...doc, former_stripe_ids: [...doc.former_stripe_ids, ...former] }, moment, {
    type: 'customer.purged',
    data: { by: 'api', ...left },
  })
  const done = ended(told, purge.operation_id, {
    code: null,
    result: JSON.stringify({ id: doc._id, purged: true, ...left }),
  })
  return buried(done, { merged_into: null, at: moment.now, ...(purge.erase && { erased: false }) })
}

/** The document reduced to its tombstone. */
export function buried(doc: CustomerDocument, tombstone: Tombstone): CustomerDocument {
  const birth = {
    id: doc._id,
    tenantId: doc.tenant_id,
    key: buriedKey(doc),
    at: doc.created_at,
    touchedByApi: doc.touched_by_api,
  }
  const { rev, version, seq, gen, intent_n, obs, wanted, outbox } = doc
  return {
    ...newCustomer(birth),
    rev,
    version: version + 1,
    seq,
    gen,
    intent_n,
    obs: obs + 1,
    wanted,
    seen: wanted,
    // Its doubles too: they carry its mark, and would come back as somebody new.
    former_stripe_ids: [...new Set([...doc.former_stripe_ids, ...(doc.duplicate_stripe_ids ?? [])])],
    outbox,
    applied: allEnded(withoutWantedLink(doc), { code: 'cancelled' }).applied,
    ...(doc.sync_due_at !== undefined && { sync_due_at: doc.sync_due_at }),
    state: 'deleted',
    deleted_at: doc.deleted_at ?? tombstone.at,
    updated_at: tombstone.at,
    tombstone,
  }
}

function withoutWantedLink(doc: CustomerDocument): CustomerDocument {
  return doc.link ? ended(doc, doc.link.operation_id, { code: 'cancelled' }) : doc
}

/** Longer than any key that a caller may give (255), so it stands in nobody's way and nobody in its. */
function buriedKey({ _id }: CustomerDocument): string {
  return _id.padEnd(256, '-')
}

/** Nothing of the person is left in any record. */
export function erased(doc: CustomerDocument): CustomerDocument {
  if (!doc.tombstone) throw bug('only a tombstone is erased')
  return { ...doc, tombstone: { ...doc.tombstone, erased: true } }
}
