// Owns what both sides show of the past: our event log and Stripe's events, read on from where the last reading ended,
// as one history for each customer and field.
// Promises: nothing is decided here; an entry that does not follow from the one before is told, never mended.

import type { LoggedEvent } from '@lockstep/domain/event/event'
import type { Store } from '@lockstep/domain/store/store'
import { z } from 'zod'
import type { Doors, SeenEvent } from './doors.ts'

/** One value that a field took. */
export interface Step {
  field: string
  value: string | null
  before: string | null
  /** Who: a caller here (`api`), Stripe's side as we took it (`stripe`); at Stripe our own push (`us`), or anybody else. */
  by: 'api' | 'stripe' | 'us' | 'dashboard'
  /** The event that tells of it: a position in our log, or Stripe's id. */
  event: string
}

/** A value that lost, on record. */
export interface LostOnRecord {
  field: string
  lost: string | null
  event: string
}

/** What is known of one customer's past. */
export interface History {
  ours: Step[]
  atStripe: Step[]
  lost: LostOnRecord[]
  /** What callers' operations led to, by type of event, in order. */
  byCallers: { type: string; event: string; values: string[] }[]
  /** Every Stripe customer that was ever made for it. */
  created: string[]
  seq: number
}

export interface Evidence {
  customers: ReadonlyMap<string, History>
  /** What contradicts itself: a gap, an entry twice, a change from a value that was not there. */
  contradictions: string[]
  /** Stripe's events that were new in the last reading. */
  stripeEvents: string[]
  /** Highest position of the log read. */
  position: number
  read(): Promise<void>
}

const change = z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })
const data = z.looseObject({
  by: z.string().optional(),
  changes: z.array(change).optional(),
  customer: z.record(z.string(), z.unknown()).optional(),
  field: z.string().optional(),
  lost: z.string().nullable().optional(),
})
/** The fields whose history is followed: those that a load writes. */
const mirrored = /^(name|email|phone|description|billing_address\..+|metadata\..+)$/
/** Events of the log in one reading, and Stripe's at least. */
const pageSize = 2_000
const tenantId = 'default'

export function openEvidence({ store, doors }: { store: Store; doors: Doors }): Evidence {
  const customers = new Map<string, History>()
  const contradictions: string[] = []
  /** Whose a Stripe customer is, and how it looked last. */
  const stripeCustomers = new Map<string, { owner: string; fields: Map<string, string> }>()
  let position = 0
  let newest: string | null = null
  let stripeEvents: string[] = []

  const of = (customerId: string): History => {
    const known = customers.get(customerId)
    if (known) return known
    const fresh: History = { ours: [], atStripe: [], lost: [], byCallers: [], created: [], seq: 0 }
    customers.set(customerId, fresh)
    return fresh
  }

  function takeOurs(entry: LoggedEvent): void {
    if (entry.customer_id === null || entry.seq === null) return
    const history = of(entry.customer_id)
    const event = `log ${entry.pos}`
    if (entry.seq !== history.seq + 1)
      contradictions.push(`${event}: ${entry.customer_id} has seq ${entry.seq} after ${history.seq}`)
    history.seq = entry.seq
    const { by, changes = [], customer, field, lost } = data.parse(JSON.parse(entry.data))
    if (entry.type === 'customer.conflict' && field !== undefined)
      history.lost.push({ field, lost: lost ?? null, event })
    const steps =
      entry.type === 'customer.created' && customer
        ? [...flat(customer)].map(([name, value]) => ({ field: name, from: null, to: value }))
        : changes
    const author = by === 'api' ? 'api' : 'stripe'
    const values: string[] = []
    for (const { field: name, from, to } of steps.filter(({ field: each }) => mirrored.test(each))) {
      const [before, value] = [asText(from), asText(to)]
      const stood = history.ours.findLast((step) => step.field === name)?.value ?? null
      if (stood !== before)
        contradictions.push(
          `${event}: ${entry.customer_id} ${name} changes from ${before}, which was ${stood}`,
        )
      history.ours.push({ field: name, value, before, by: author, event })
      if (value !== null) values.push(`${name}=${value}`)
    }
    if (by === 'api') history.byCallers.push({ type: entry.type, event, values })
  }

  function takeStripes(event: SeenEvent): void {
    if (!event.type.startsWith('customer.') || !['created', 'updated'].includes(event.type.slice(9))) return
    const { object } = event.data
    const owner = object.metadata?.['lockstep_id'] ?? stripeCustomers.get(object.id)?.owner
    if (owner === undefined) return
    const history = of(owner)
    if (event.type === 'customer.created') history.created.push(object.id)
    const before = stripeCustomers.get(object.id)?.fields ?? new Map<string, string>()
    const fields = flat(object)
    const by = event.request.idempotency_key?.startsWith('ls:') ? 'us' : 'dashboard'
    for (const field of new Set([...before.keys(), ...fields.keys()])) {
      const [old, now] = [before.get(field) ?? null, fields.get(field) ?? null]
      if (old !== now) history.atStripe.push({ field, value: now, before: old, by, event: event.id })
    }
    stripeCustomers.set(object.id, { owner, fields })
  }

  return {
    customers,
    contradictions,
    get stripeEvents() {
      return stripeEvents
    },
    get position() {
      return position
    },
    async read() {
      for (;;) {
        const page = await store.readEvents(tenantId, position, pageSize)
        for (const entry of page) {
          if (entry.pos !== position + 1)
            contradictions.push(`the log goes from position ${position} to ${entry.pos}`)
          position = entry.pos
          takeOurs(entry)
        }
        if (page.length < pageSize) break
      }
      const fresh = await eventsAfter(doors, newest)
      newest = fresh.at(-1)?.id ?? newest
      for (const event of fresh) takeStripes(event)
      stripeEvents = fresh.filter(({ type }) => type.startsWith('customer.')).map(({ id }) => id)
    },
  }
}

/** Stripe's events after this one, oldest first. */
async function eventsAfter(doors: Doors, last: string | null): Promise<SeenEvent[]> {
  for (let limit = pageSize; ; limit *= 4) {
    const events = await doors.events(limit)
    const known = events.findIndex(({ id }) => id === last)
    if (known !== -1) return events.slice(0, known).toReversed()
    if (events.length < limit) return events.toReversed()
  }
}

/** The mirrored fields that have a value, by the API's names; our own marks left out. */
export function flat(customer: Readonly<Record<string, unknown>>): Map<string, string> {
  const fields = new Map<string, string>()
  const put = (field: string, value: unknown) => {
    const text = asText(value)
    if (text !== null) fields.set(field, text)
  }
  for (const field of ['name', 'email', 'phone', 'description']) put(field, customer[field])
  const address = customer['billing_address'] ?? customer['address']
  for (const [part, value] of entriesOf(address)) put(`billing_address.${part}`, value)
  for (const [key, value] of entriesOf(customer['metadata']))
    if (!key.startsWith('lockstep_')) put(`metadata.${key}`, value)
  return fields
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

/** Values are texts here, but for own fields such as `state`: compared as JSON. */
function asText(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}
