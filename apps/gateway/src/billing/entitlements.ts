// Owns what an entitlement allows: the feature that Stripe says is active for a customer, and the limit of usage that the
// feature's metadata may give. Pure.
// A feature gives a limit by `metadata.usage_limit`, a whole number for a calendar month; it is for the meter event of
// `metadata.usage_event`, or else of the feature's own lookup key.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { z } from 'zod'

/** An active entitlement, and its limit where there is one. */
export interface Entitlement {
  /** Its own id, `ent_…`, or that of its feature, `feat_…`. */
  ids: readonly string[]
  lookupKey: string
  limit: { event: string; most: number } | null
}

/** What a check came to. */
export interface Verdict {
  lookup_key: string
  entitled: boolean
  reason: 'not_entitled' | 'limit_reached' | null
  used: number | null
  limit: number | null
}

const stored = z.looseObject({
  id: z.string(),
  lookup_key: z.string().catch(''),
  feature: z
    .union([
      z.string().transform((id) => ({ id, metadata: {} as Record<string, string> })),
      z.looseObject({ id: z.string(), metadata: z.record(z.string(), z.string()).catch({}) }),
    ])
    .catch({ id: '', metadata: {} }),
})

/** From what the mirror shows. */
export function entitlementOf(shown: string): Entitlement {
  const { id, lookup_key: lookupKey, feature } = stored.parse(JSON.parse(shown))
  const { usage_limit: most = '', usage_event: event = lookupKey } = feature.metadata
  const isLimit = /^\d{1,15}$/.test(most)
  return { ids: [id, feature.id], lookupKey, limit: isLimit ? { event, most: Number(most) } : null }
}

/** The most that these entitlements allow of a meter event in a month; null: no limit. */
export function limitOf(entitlements: readonly Entitlement[], event: string): number | null {
  const limits = entitlements.flatMap(({ limit }) => (limit?.event === event ? [limit.most] : []))
  return limits.length === 0 ? null : Math.max(...limits)
}

/** What was used of a meter event in a month. */
export function usedOf(doc: Pick<CustomerDocument, 'usage'>, event: string, month: string): number {
  return doc.usage?.find((total) => total.event_name === event && total.month === month)?.value ?? 0
}

/** Whether the customer may use the feature now. `asked` is a lookup key, or an id of the entitlement or its feature. */
export function verdictOf(
  doc: Pick<CustomerDocument, 'usage'>,
  entitlements: readonly Entitlement[],
  { asked, month }: { asked: string; month: string },
): Verdict {
  const found = entitlements.find(({ ids, lookupKey }) => lookupKey === asked || ids.includes(asked))
  if (!found) return { lookup_key: asked, entitled: false, reason: 'not_entitled', used: null, limit: null }
  const { lookupKey: lookup_key, limit: own } = found
  if (!own) return { lookup_key, entitled: true, reason: null, used: null, limit: null }
  const used = usedOf(doc, own.event, month)
  const limit = limitOf(entitlements, own.event) ?? own.most
  const entitled = used < limit
  return { lookup_key, entitled, reason: entitled ? null : 'limit_reached', used, limit }
}
