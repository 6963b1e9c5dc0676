// Owns which work a bell in each lane means: a customer's, or that of a Stripe customer whose owner must be found.

import type { Subject } from '@lockstep/domain/doorbell/doorbell'
import { noteStripeEvents } from './note-stripe-events.ts'
import { type MirrorOutcome, refreshMirrors } from './mirror/refresh.ts'
import type { Ports } from './ports.ts'
import { adoptStripeCustomer } from './sync/adopt.ts'
import { type ApplyOutcome, applyOperations } from './work-customer-apply.ts'
import { type SyncOutcome, syncCustomer } from './work-stripe-sync.ts'

/** What a bell of the two lanes may name. */
export type CustomerSubject = Exclude<Subject, { kind: 'endpoint' }>

/** Lane 1: MongoDB only. */
export function applyLane(ports: Ports, subject: CustomerSubject): Promise<ApplyOutcome> {
  return subject.kind === 'customer'
    ? applyOperations(ports, { tenantId: subject.tenantId, customerId: subject.id })
    : noteStripeEvents(ports, subject.tenantId, subject.id)
}

/** Lane 2: towards Stripe, and what is read from there for the mirrors. */
export function syncLane(ports: Ports, subject: CustomerSubject): Promise<SyncOutcome | MirrorOutcome> {
  if (subject.kind === 'mirror')
    return refreshMirrors(ports, { tenantId: subject.tenantId, stripeId: subject.id })
  return subject.kind === 'customer'
    ? syncCustomer(ports, { tenantId: subject.tenantId, customerId: subject.id })
    : adoptStripeCustomer(ports, subject.tenantId, subject.id)
}
