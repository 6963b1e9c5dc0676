// Owns who hears that a tenant's log grew, or that a rest is over: each endpoint by a bell of its own.

import type { Clock } from '../clock/clock.ts'
import type { Doorbell, Subject } from '../doorbell/doorbell.ts'
import type { DeliveryStore } from '../store/store.ts'
import { isReady } from './endpoint.ts'

/** Bells in one turn of the sweeper. */
const bellsMax = 1_000

interface RingPorts<Question extends keyof DeliveryStore> {
  store: Pick<DeliveryStore, Question>
  doorbell: Doorbell
  clock: Pick<Clock, 'now'>
}

/** Rings for a tenant's endpoints that may be delivered to now. */
export async function ringEndpoints(ports: RingPorts<'listEndpoints'>, tenantId: string): Promise<void> {
  const endpoints = await ports.store.listEndpoints(tenantId)
  const now = ports.clock.now()
  const ready = endpoints.filter((endpoint) => isReady(endpoint, now))
  await ring(
    ports,
    ready.map(({ _id: id }) => ({ kind: 'endpoint', tenantId, id })),
  )
}

/** Rings for endpoints with a retry that is due or a rest that is over. */
export async function ringDueEndpoints(ports: RingPorts<'dueEndpoints'>): Promise<void> {
  const due = await ports.store.dueEndpoints({ now: ports.clock.now(), limit: bellsMax })
  await ring(
    ports,
    due.map(({ tenantId, endpointId: id }) => ({ kind: 'endpoint', tenantId, id })),
  )
}

async function ring({ doorbell }: { doorbell: Doorbell }, subjects: Subject[]): Promise<void> {
  if (subjects.length > 0) await doorbell.ring('event-deliveries', subjects)
}
