// Owns what the routes of webhook endpoints need, and how they find one and wake its deliveries.

import type { Clock, Random } from '@lockstep/domain/clock/clock'
import type { Endpoint } from '@lockstep/domain/delivery/endpoint'
import type { Doorbell } from '@lockstep/domain/doorbell/doorbell'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { DeliveryStore, EventLogStore } from '@lockstep/domain/store/store'
import type { RecordAudit } from '../audit/record-audit.ts'

export interface EndpointDeps {
  store: DeliveryStore & Pick<EventLogStore, 'highestPosition' | 'readEvents' | 'readEvent'>
  doorbell: Doorbell
  clock: Clock
  random: Random
  audit: RecordAudit
  /** Whether private addresses and plain HTTP may be named. */
  allowPrivate: boolean
}

/** The endpoint; 404 where there is none in this tenant. */
export async function endpointOf(
  store: Pick<DeliveryStore, 'readEndpoint'>,
  tenantId: string,
  id: string,
): Promise<Endpoint> {
  const endpoint = await store.readEndpoint(tenantId, id)
  if (!endpoint) throw new LockstepError('not_found')
  return endpoint
}

/** Its deliveries go on at once; a lost bell costs the sweeper's pause. */
export function ringEndpoint(
  { doorbell }: Pick<EndpointDeps, 'doorbell'>,
  { tenant_id: tenantId, _id: id }: Endpoint,
): void {
  void doorbell.ring('event-deliveries', [{ kind: 'endpoint', tenantId, id }])
}
