// Owns what lane 1 cannot tell of a Stripe customer's events: whose they are, where no document is linked to it (PROTOCOL
// section 5), and what a thin one leaves out.
// Promises: proof links (our id in its metadata, a create key of ours); an equal e-mail links only a single active customer
// that has no Stripe customer and none under way; else it is a new customer here. Every link is followed by a look,
// and stores no state read before it.

import { type CustomerDocument, newCustomer } from '@lockstep/domain/customer/document'
import { sealed } from '@lockstep/domain/customer/seal'
import { withEvent } from '@lockstep/domain/event/outbox'
import { lockstepIdOf, parseStripeCustomer, type SeenCustomer } from '@lockstep/domain/stripe/customer-object'
import { isBare, isCreation, seenInList, type StripeEventRecord } from '@lockstep/domain/stripe/stripe-event'
import { stripeCalls } from '@lockstep/domain/stripe/stripe-http'
import { withDouble, withoutDouble } from '@lockstep/domain/sync/double'
import { isEchoOfUpdate, mustFetch } from '@lockstep/domain/sync/echo'
import { customerOfCreateKey, linkedTo, proven } from '@lockstep/domain/sync/intent'
import { areOfFormer, markAll } from '../note-stripe-events.ts'
import { mayAdopt } from '../reconcile/first-sync.ts'
import { askMirrors, everything } from '../mirror/ask-mirrors.ts'
import { momentOf, type Ports } from '../ports.ts'
import { type SyncOutcome, syncCustomer } from '../work-stripe-sync.ts'
import { refOf, writeCustomer } from '../write-customer.ts'
import { forbiddenCall } from './back-off.ts'
import { fetchThinEvents } from './fetch-thin-events.ts'
import type { OpenPassage } from './step.ts'

/** Events of one unknown customer that are read as proof, at most. */
const eventsMax = 100

/** Finds whose it is, links or inserts, and brings it in step. */
export async function adoptStripeCustomer(
  ports: Ports,
  tenantId: string,
  stripeId: string,
): Promise<SyncOutcome> {
  const passage = await ports.gate.outbound(tenantId)
  if (passage.kind !== 'open') return passage.kind === 'paused' ? 'paused' : 'waiting'
  let events = await ports.store.waitingStripeEvents(tenantId, stripeId, eventsMax)
  if (events.length === 0) return 'idle'
  const linked = await ports.store.findByStripeId(tenantId, stripeId)
  if (linked) {
    const unfetched = events.filter((event) => mustFetch(linked, event, ports.clock.now()))
    const told = await fetchThinEvents(ports, passage, unfetched)
    return told ? handBack(ports, tenantId, stripeId) : 'waiting'
  }
  if (await areOfFormer(ports, tenantId, stripeId, events)) return 'known'
  const answer = await passage.stripe.call(stripeCalls.getCustomer(stripeId))
  if (answer.kind === 'refused' && [401, 403, 404].includes(answer.status))
    await ports.gate.recheck(tenantId, forbiddenCall('GET /v1/customers/{id}', answer))
  if (answer.kind !== 'ok') return 'waiting'
  const seen = parseStripeCustomer(answer.body)
  let owner = await provenOwner(ports, tenantId, seen, events)
  const births = events.filter((event) => isBare(event) && isCreation(event))
  if (!owner && births.length > 0) {
    // The proof may have been stripped from the object; which request made it stands in the event alone.
    if (!(await fetchThinEvents(ports, passage, births))) return 'waiting'
    events = await ports.store.waitingStripeEvents(tenantId, stripeId, eventsMax)
    owner = await provenOwner(ports, tenantId, seen, events)
  }
  const isDouble = owner?.stripe_id !== undefined && owner.stripe_id !== stripeId
  if (seen.kind === 'deleted' && (!owner || isDouble)) {
    // A double that is gone is none any more.
    if (owner)
      await writeCustomer(ports, owner, (current) => changedBy(current, withoutDouble(current, stripeId)))
    await markAll(ports, events, 'gone')
    return 'gone'
  }
  // Whoever proved it meanwhile may have purged it, too: its proof names a tombstone now, and the object that was read above is
  // one that is gone. It would come back as somebody new, or archive a customer that has the same e-mail.
  if (!owner && (await areOfFormer(ports, tenantId, stripeId, events))) return 'known'
  if (!owner && !events.some(({ type }) => type === seenInList)) {
    const may = await mayAdopt(ports, tenantId, stripeId)
    if (may === 'wait') return 'come_back'
    if (may === 'held') {
      await markAll(ports, events, 'held')
      return 'held'
    }
  }
  // What it has at Stripe already sent its events to nobody. Asked for before the link: after it nobody would know. A double's
  // things are nobody's.
  if (!isDouble) await askMirrors(ports, { tenantId, stripeId }, everything, { calm: true })
  const doc = owner
    ? await linkProven(ports, owner, { stripeId, born: events.some(isCreation) })
    : await linkOrInsert(ports, passage, seen, stripeId)
  if (doc === 'come_back') return 'come_back'
  if (!doc) return handBack(ports, tenantId, stripeId)
  // An echo among them is examined where it belongs, in its document; the rest asked for a look, and it follows. Those of a
  // duplicate belong to no document: handed back, they would come here again, and the two lanes ring each other for ever.
  const echoes = doc.stripe_id === stripeId ? events.filter(isEchoOfUpdate) : []
  await markAll(
    ports,
    events.filter((event) => !echoes.includes(event)),
    'adopted',
  )
  if (echoes.length > 0) await handBack(ports, tenantId, stripeId)
  await syncCustomer(ports, refOf(doc))
  return 'adopted'
}

/** Somebody linked it meanwhile: lane 1 notes the events there. */
async function handBack(ports: Ports, tenantId: string, stripeId: string): Promise<SyncOutcome> {
  await ports.doorbell.ring('customer-apply', [{ kind: 'stripe_customer', tenantId, id: stripeId }])
  return 'come_back'
}

async function provenOwner(
  ports: Ports,
  tenantId: string,
  seen: SeenCustomer,
  events: StripeEventRecord[],
): Promise<CustomerDocument | null> {
  const fromObject = seen.kind === 'living' ? [lockstepIdOf(seen.customer)] : []
  const fromEvents = events.flatMap((event) => [
    event.lockstep_id,
    customerOfCreateKey(event.idempotency_key),
  ])
  for (const customerId of new Set([...fromObject, ...fromEvents])) {
    const doc = customerId ? await ports.store.readCustomer({ tenantId, customerId }) : null
    if (doc && !doc.tombstone) return doc
  }
  return null
}

/** Links the document that the proof names; one that is linked elsewhere gets a conflict, and nothing else happens. */
async function linkProven(
  ports: Ports,
  owner: CustomerDocument,
  { stripeId, born }: { stripeId: string; born: boolean },
): Promise<CustomerDocument | null> {
  const written = await writeCustomer(ports, owner, (current) => {
    // Linked to this very one, or unlinked from it, since the question was asked: it is asked again.
    const known = current.stripe_id === stripeId || current.former_stripe_ids.includes(stripeId)
    if (current.tombstone || known) return null
    const moment = momentOf(ports)
    if (current.stripe_id !== undefined) return withDouble(current, stripeId, moment)
    if (current.intent?.kind !== 'create') return linkedTo(decided(current), stripeId, moment)
    // Its creation is the echo of our create, and is done with here.
    return proven({ ...current, intent: { ...current.intent, echoed: born } }, stripeId, moment)
  })
  return written.kind === 'written' ? written.doc : null
}

function changedBy(before: CustomerDocument, after: CustomerDocument): CustomerDocument | null {
  return before === after ? null : after
}

/** Whose it is was the question for which it was parked. */
function decided(doc: CustomerDocument): CustomerDocument {
  return doc.parked?.code === 'email_ambiguous' ? { ...doc, parked: null, last_error: null } : doc
}

async function linkOrInsert(
  ports: Ports,
  passage: OpenPassage,
  seen: SeenCustomer,
  stripeId: string,
): Promise<CustomerDocument | 'come_back' | null> {
  const { _id: tenantId, link_by_email: linkByEmail } = passage.tenant
  const email = seen.kind === 'living' ? seen.customer.email : null
  const same = email && linkByEmail ? await ports.store.findUnlinkedByEmail(tenantId, email) : []
  const [single, ...others] = same
  if (!single || others.length > 0) return insertFor(ports, tenantId, stripeId)
  if (single.intent) return single.parked ? insertFor(ports, tenantId, stripeId) : 'come_back'
  // The one that its caller named may be another.
  if (single.link) return single.parked ? insertFor(ports, tenantId, stripeId) : 'come_back'
  const written = await writeCustomer(ports, single, (current) => {
    const isFree = current.stripe_id === undefined && !current.intent && !current.tombstone
    if (!isFree || current.link || current.state !== 'active') return null
    return linkedTo(decided(current), stripeId, momentOf(ports))
  })
  return written.kind === 'written' ? written.doc : null
}

async function insertFor(ports: Ports, tenantId: string, stripeId: string): Promise<CustomerDocument | null> {
  const moment = momentOf(ports)
  const id = moment.uuid()
  const born = newCustomer({ id, tenantId, key: id, at: moment.now, touchedByApi: false })
  const told = withEvent(born, moment, {
    type: 'customer.created',
    data: { by: 'stripe', stripe_customer_id: stripeId },
  })
  const doc = sealed(linkedTo(told, stripeId, moment), moment.now)
  const result = await ports.store.insertCustomer(doc)
  return result.kind === 'ok' ? { ...doc, rev: 1 } : null
}
