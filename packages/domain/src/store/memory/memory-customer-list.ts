// Owns what a list of customers shows, in the in-process store.

import type { CustomerDocument } from '../../customer/document.ts'
import { type CustomerFilters, type CustomerListQuery, orderOf } from '../store.ts'

/** Those of one tenant's customers that the query asks for, in its order. */
export function listed(docs: readonly CustomerDocument[], query: CustomerListQuery): CustomerDocument[] {
  const { by, ascending } = orderOf(query)
  const { after, offset = 0 } = query
  const sortKey = (doc: CustomerDocument) => {
    if (by === 'created_at') return ''
    return by === 'key' ? doc.key_lower : (doc.name_lower ?? '')
  }
  const sign = ascending ? 1 : -1
  return docs
    .filter((doc) => isListed(doc, query))
    .filter(({ _id }) => after === undefined || (ascending ? _id > after : _id < after))
    .sort((a, b) => sign * (compare(sortKey(a), sortKey(b)) || compare(a._id, b._id)))
    .slice(offset, offset + query.limit)
}

/** As a database compares text: by its bytes. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function isListed(doc: CustomerDocument, filters: CustomerFilters): boolean {
  if (doc.tombstone) return false
  if (filters.state === undefined ? doc.state === 'deleted' : doc.state !== filters.state) return false
  const search = filters.search?.toLowerCase()
  const found = [doc.key_lower, doc.name_lower, doc.email_lower].some((text) =>
    text?.startsWith(search ?? ''),
  )
  const wanted: [asked: string | undefined, has: string | null | undefined][] = [
    [filters.status, doc.status],
    [filters.tier, doc.tier],
    [filters.source, doc.source],
    [filters.assignedTo, doc.assigned_to],
    [filters.companyId, doc.company_id],
    [filters.userId, doc.user_id],
    [filters.appId, doc.app_id],
    [filters.currency, doc.stripe?.currency ?? doc.currency],
    [filters.email?.toLowerCase(), doc.email_lower],
    [filters.stripeCustomerId, doc.stripe_id],
  ]
  if (filters.tag !== undefined && !doc.tags.includes(filters.tag)) return false
  return found && wanted.every(([asked, has]) => asked === undefined || asked === has)
}
