// Owns the way into the billing portal where an operation is shown: it stands beside the operation's record, and not for long.

import type { Clock } from '@lockstep/domain/clock/clock'
import type { Operation } from '@lockstep/domain/operation/operation'
import type { PortalLinkStore } from '@lockstep/domain/store/store'

export interface PortalLinkDeps {
  store: Pick<PortalLinkStore, 'readPortalLink'>
  clock: Pick<Clock, 'now'>
}

/** What this operation came to, with the link if it is one to a portal; `url` is null once its minutes are over. */
export async function withPortalLink(
  { store, clock }: PortalLinkDeps,
  { body, tenant_id: tenantId, _id: operationId }: Pick<Operation, 'body' | 'tenant_id' | '_id'>,
  result: unknown,
): Promise<unknown> {
  if (body.kind !== 'create_portal_session' || typeof result !== 'object' || result === null) return result
  const link = await store.readPortalLink({ tenantId, operationId, now: clock.now() })
  return { ...result, url: link?.url ?? null }
}
