// Owns the record of one inbound Stripe event: taken in once by id, asking for a look, never a source of state.
// States: waiting → done (with an outcome of a closed list).

/** looked: a look was asked for. echo: our own push, examined. linked: it proved a create. adopted: it led to a new
 * document or link. known: it speaks of a former Stripe customer.
 * held: of one that a person must decide on. twin: the thin event of the same change was taken in. mirrored: a re-read of its
 * object was asked for. not_mirrored: a type that changes nothing here. */
export const stripeEventOutcomes = [
  'looked',
  'echo',
  'linked',
  'adopted',
  'known',
  'gone',
  'held',
  'twin',
  'mirrored',
  'not_mirrored',
] as const
export type StripeEventOutcome = (typeof stripeEventOutcomes)[number]

export interface StripeEventRecord {
  /** `<tenant>/<evt_…>`: unique, so a second delivery is told from the first by its insert. */
  _id: string
  tenant_id: string
  event_id: string
  type: string
  /** The Stripe customer it speaks of; null where it speaks of none. */
  stripe_customer_id: string | null
  /** The object it speaks of. Absent: taken in by a version before 0.2.0. */
  object_id?: string | null
  /** `request.idempotency_key`: ours on an echo. */
  idempotency_key: string | null
  /** `metadata.lockstep_id` of a customer object in the payload: proof of whose it is. */
  lockstep_id: string | null
  /** `data.previous_attributes` of a customer event as JSON text; null elsewhere. Removed when done. */
  previous_attributes: string | null
  /** Of a thin event: what its notification leaves out (key, old values) was fetched, or asked for and is gone. */
  fetched?: true
  /** Seconds since the epoch, as Stripe stamped it. Decides nothing. */
  created: number
  received_at: number
  done_at: number | null
  outcome: StripeEventOutcome | null
}

/** What an event tells; the rest of its record follows from where and when it was taken in. */
export type ToldByEvent = Omit<
  StripeEventRecord,
  '_id' | 'tenant_id' | 'received_at' | 'done_at' | 'outcome' | 'fetched'
>

/** What stands in place of an event where a reconciliation met a customer that nobody here is linked to. */
export const seenInList = 'lockstep.customer.seen'

/** The note of such a customer: it asks for what a Stripe event of it would ask for. Once for each pass. */
export function noteOfListed(
  tenantId: string,
  { passId, stripeId, at }: { passId: string; stripeId: string; at: number },
): StripeEventRecord {
  const told = {
    event_id: `${seenInList}/${passId}/${stripeId}`,
    type: seenInList,
    stripe_customer_id: stripeId,
    idempotency_key: null,
    lockstep_id: null,
    previous_attributes: null,
    created: Math.floor(at / 1000),
  }
  return newStripeEventRecord(told, tenantId, at)
}

/** The snapshot event of the change that a thin one told of, known by its id alone: wherever it comes from, it is done. */
export function twinOf(thin: StripeEventRecord, eventId: string, at: number): StripeEventRecord {
  return {
    ...thin,
    _id: `${thin.tenant_id}/${eventId}`,
    event_id: eventId,
    type: thin.type.replace(/^v1\./, ''),
    idempotency_key: null,
    previous_attributes: null,
    received_at: at,
    done_at: at,
    outcome: 'twin',
  }
}

/** The one event that tells of a Stripe customer's creation, snapshot or thin. */
export function isCreation(event: StripeEventRecord): boolean {
  return /^(v1\.)?customer\.created$/.test(event.type)
}

/** What only the fetched form of a thin event tells. `id` is the record's. */
export type Particulars = Pick<StripeEventRecord, 'idempotency_key' | 'previous_attributes'> & { id: string }

/** A thin event as it was delivered: which request caused it, and what it replaced, is still to be fetched. */
export function isBare(event: StripeEventRecord): boolean {
  return event.type.startsWith('v1.') && !event.fetched
}

/** The record of an event taken in at `at` (ms). What speaks of no customer asks for nothing: it is kept, and done. */
export function newStripeEventRecord(told: ToldByEvent, tenantId: string, at: number): StripeEventRecord {
  const asks = told.stripe_customer_id !== null
  return {
    _id: `${tenantId}/${told.event_id}`,
    tenant_id: tenantId,
    ...told,
    received_at: at,
    done_at: asks ? null : at,
    outcome: asks ? null : 'not_mirrored',
  }
}
