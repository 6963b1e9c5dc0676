// Owns who hears that a tenant's log grew, or that a rest is over: each endpoint by a bell of its own.

import { isReady } from '@lockstep/domain/delivery/endpoint'
import type { Subject } from '@lockstep/domain/doorbell/doorbell'
import type { Ports } from '../ports.ts'

/** Bells in one turn of the sweeper. */
const bellsMax = 1_000

type RingPorts = Pick<Ports, 'store' | 'doorbell' | 'clock'>

/** Rings for a tenant's endpoints that may be delivered to now. */
export async function ringEndpoints(ports: RingPorts, tenantId: string): Promise<void> {
  const endpoints = await ports.store.listEndpoints(tenantId)
  const now = ports.clock.now()
  const ready = endpoints.filter((endpoint) => isReady(endpoint, now))
  await ring(
    ports,
    ready.map(({ _id: id }) => ({ kind: 'endpoint', tenantId, id })),
  )
}

/** Rings for endpoints with a retry that is due or a rest that is over. */
export async function ringDueEndpoints(ports: RingPorts): Promise<void> {
  const due = await ports.store.dueEndpoints({ now: ports.clock.now(), limit: bellsMax })
  await ring(
    ports,
    due.map(({ tenantId, endpointId: id }) => ({ kind: 'endpoint', tenantId, id })),
  )
}

async function ring(ports: RingPorts, subjects: Subject[]): Promise<void> {
  if (subjects.length > 0) await ports.doorbell.ring('event-deliveries', subjects)
}
