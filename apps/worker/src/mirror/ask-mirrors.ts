// Owns how a re-read of mirrored objects is asked for: durable first, then rung.
// Promises: asks of one customer are one small document, however many events asked; a lost bell is found by the sweeper; what
// belongs to a customer that was purged is asked for no more.

import { asked, type MirrorWish, newAsks } from '@lockstep/domain/mirror/asks'
import { isReadAlone, kindOfEvent, mirrorKinds } from '@lockstep/domain/mirror/kinds'
import type { RingOptions } from '@lockstep/domain/doorbell/doorbell'
import type { StripeEventRecord } from '@lockstep/domain/stripe/stripe-event'
import type { Ports } from '../ports.ts'

/** All that a customer may have, in no hurry: of one that is new here, or that may have lost an event. */
export const everything: readonly MirrorWish[] = mirrorKinds.map((kind) => ({ kind, id: null, calm: true }))

/** Asks for a re-read of these objects of one Stripe customer, and rings for it. */
export async function askMirrors(
  ports: Ports,
  about: { tenantId: string; stripeId: string },
  wishes: readonly MirrorWish[],
  options: RingOptions = {},
): Promise<void> {
  if (wishes.length === 0) return
  const { tenantId, stripeId } = about
  for (;;) {
    const known = await ports.store.readMirrorAsks(tenantId, stripeId)
    const next = asked(known ?? newAsks(tenantId, stripeId), wishes, ports.clock.now())
    const { kind } = known
      ? await ports.store.replaceMirrorAsks(next)
      : await ports.store.insertMirrorAsks(next)
    if (kind === 'ok') break
  }
  await ports.doorbell.ring('stripe-mirror', [{ kind: 'mirror', tenantId, id: stripeId }], options)
}

/** What these events ask to be re-read. */
export function wishesOf(events: readonly StripeEventRecord[]): MirrorWish[] {
  return events.flatMap((event) => {
    const kind = kindOfEvent(event.type)
    return kind ? [{ kind, id: isReadAlone(kind) ? (event.object_id ?? null) : null }] : []
  })
}

/** Of a customer that was purged nothing is mirrored any more: what late events tell of would stay for ever. */
export async function isBuried(ports: Ports, tenantId: string, stripeId: string): Promise<boolean> {
  const former = await ports.store.findByFormerStripeId(tenantId, stripeId)
  return former?.tombstone !== null && former?.tombstone !== undefined
}
