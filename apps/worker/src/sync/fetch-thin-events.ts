// Owns the fetching of thin events: what a notification leaves out, and only Stripe can tell.
// Promises: an event that Stripe no longer has counts as fetched, without particulars, so that it still asks for a look; one
// that could not be asked for stays as it is, and undone. The snapshot twin of a fetched echo is done with it: from a webhook
// or from the event list it would ask for a look at what we wrote ourselves.

import {
  isBare,
  type Particulars,
  type StripeEventRecord,
  twinOf,
} from '@lockstep/domain/stripe/stripe-event'
import { stripeCalls } from '@lockstep/domain/stripe/stripe-http'
import { particularsOf } from '@lockstep/domain/stripe/thin-event'
import type { Ports } from '../ports.ts'
import { forbiddenCall } from './back-off.ts'
import type { OpenPassage } from './step.ts'

/** Events fetched in one turn: each is a call of the budget, and once the echo among them is found the rest need none. */
const fetchesMax = 10

/** Fetches the oldest of these events; true: each that was asked for was told, and stands in the store. */
export async function fetchThinEvents(
  ports: Ports,
  passage: OpenPassage,
  events: readonly StripeEventRecord[],
): Promise<boolean> {
  const fetched: Particulars[] = []
  const twins: StripeEventRecord[] = []
  let all = true
  for (const event of events.filter(isBare).slice(0, fetchesMax)) {
    const told = await fetchOne(ports, passage, event)
    all &&= told !== null
    if (!told) break
    fetched.push(told.particulars)
    // One that tells no key may be an echo all the same, and its twin tells whose.
    if (told.twin !== null && told.particulars.idempotency_key !== null)
      twins.push(twinOf(event, told.twin, ports.clock.now()))
  }
  await ports.store.completeStripeEvents(fetched)
  if (twins.length > 0) await ports.store.insertStripeEvents(twins)
  return all
}

async function fetchOne(
  ports: Ports,
  passage: OpenPassage,
  event: StripeEventRecord,
): Promise<ReturnType<typeof particularsOf> | null> {
  const call = stripeCalls.getThinEvent(event.event_id)
  const answer = await passage.stripe.call(call)
  if (answer.kind === 'ok') return particularsOf(event, answer.body)
  if (answer.kind !== 'refused') return null
  const forbidden = forbiddenCall(call.endpoint, answer)
  const account = [401, 403, 404].includes(answer.status)
    ? await ports.gate.recheck(event.tenant_id, forbidden)
    : 'same'
  if (account !== 'same' || forbidden !== undefined) return null
  // Without its old values it must not pass for an examined echo, whatever key the notification told.
  return {
    particulars: { id: event._id, idempotency_key: null, previous_attributes: null },
    twin: null,
  }
}
