// Owns the port to the doorbells and to the notices of outcomes. A doorbell carries a key and no state: losing one
// costs time, never work (the sweeper rings again). No personal data and no secret passes here.

/** The queues, in the order in which work passes them. */
export const queueNames = [
  'customer-apply',
  'stripe-sync',
  'stripe-mirror',
  'event-deliveries',
  'isolation',
  'maintenance',
] as const
export type QueueName = (typeof queueNames)[number]

/** Ended jobs that stay in each queue, for a person to see what ran last; they carry no state and cost 1.3 kB each. */
export const keptJobs = { count: 500 }

/** What a doorbell says: somebody has work. */
export type Subject =
  | { kind: 'customer'; tenantId: string; id: string }
  | { kind: 'stripe_customer'; tenantId: string; id: string }
  /** A Stripe customer whose objects are to be re-read. */
  | { kind: 'mirror'; tenantId: string; id: string }
  | { kind: 'endpoint'; tenantId: string; id: string }

/** One line of text for a subject, unique, fit for a job's data and its deduplication id. */
export function subjectKey(subject: Subject): string {
  return `${heads[subject.kind]}/${subject.tenantId}/${subject.id}`
}

const heads = { customer: 'c', stripe_customer: 's', mirror: 'm', endpoint: 'w' } as const

/** The subject of a key; null where the text is none. Tenant ids hold no slash. */
export function parseSubject(key: string): Subject | null {
  const [head, tenantId, ...rest] = key.split('/')
  const id = rest.join('/')
  if (!tenantId) return null
  if (head === 'c' && id) return { kind: 'customer', tenantId, id }
  if (head === 's' && id) return { kind: 'stripe_customer', tenantId, id }
  if (head === 'm' && id) return { kind: 'mirror', tenantId, id }
  if (head === 'w' && id) return { kind: 'endpoint', tenantId, id }
  return null
}

export interface RingOptions {
  /**
   * Heard after all bells that are not calm: what no caller waits for, such as the events of an outage of days. A subject may
   * have one of each kind waiting; whichever lane runs second finds nothing to do.
   */
  calm?: boolean
}

export interface Doorbell {
  /** Resolves when the bell rang or was given up: it never throws and never waits past a second. True: it rang. */
  ring(queue: Exclude<QueueName, 'maintenance'>, subjects: Subject[], options?: RingOptions): Promise<boolean>
}

/** Something that a gateway may be waiting for: an operation ended, a customer is in step, a tenant's event log grew. */
export type Notice = { kind: (typeof noticeKinds)[number]; id: string }
export const noticeKinds = ['operation', 'synced', 'events'] as const

export interface Notices {
  /** Best effort; a lost notice is found by the waiting side's poll. */
  publish(notices: Notice[]): Promise<void>
}
