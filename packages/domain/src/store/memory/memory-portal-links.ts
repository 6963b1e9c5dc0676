// Owns the links to the billing portal of the in-process store. Promises: one whose time is over is shown to nobody.

import type { PortalLink, PortalLinkStore } from '../store.ts'

/** The port. */
export function memoryPortalLinks(): PortalLinkStore {
  const links = new Map<string, PortalLink>()
  const idOf = (tenantId: string, operationId: string) => `${tenantId}/${operationId}`
  return {
    async keepPortalLink(link) {
      const id = idOf(link.tenantId, link.operationId)
      if (!links.has(id)) links.set(id, { ...link })
    },
    async readPortalLink({ tenantId, operationId, now }) {
      const found = links.get(idOf(tenantId, operationId))
      return found && found.expiresAt > now ? { ...found } : null
    },
  }
}
