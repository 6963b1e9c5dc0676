// Owns the links to the billing portal, for the minutes in which they may be read. Promises: they leave by themselves; one whose
// time is over is shown to nobody, whenever the database comes to remove it.

import type { PortalLinkStore } from '../store.ts'
import type { Collections } from './collections.ts'
import { insertOne } from './writes.ts'

const idOf = (tenantId: string, operationId: string) => `${tenantId}/${operationId}`

/** The port over this collection. */
export function mongoPortalLinks({ portal_links }: Pick<Collections, 'portal_links'>): PortalLinkStore {
  return {
    async keepPortalLink({ tenantId, operationId, url, expiresAt }) {
      const _id = idOf(tenantId, operationId)
      await insertOne(portal_links, { _id, tenant_id: tenantId, url, expires_at: new Date(expiresAt) })
    },
    async readPortalLink({ tenantId, operationId, now }) {
      const found = await portal_links.findOne({ _id: idOf(tenantId, operationId) })
      const expiresAt = found?.expires_at.getTime() ?? 0
      return found && expiresAt > now ? { tenantId, operationId, url: found.url, expiresAt } : null
    },
  }
}
