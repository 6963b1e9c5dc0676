// Owns `include=`: what a read of a customer shows beside it, so that one request is enough. Promises: read from MongoDB alone,
// the newest hundred of each; `stripe` is the customer as Stripe last showed it.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { type Json, treeOf } from '@lockstep/domain/customer/tree'
import type { MirrorKind } from '@lockstep/domain/mirror/kinds'
import type { MirrorStore } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { described } from '../schema/described.ts'
import { mirroredAnswered } from './billing-answers.ts'
import { stripeIdsOf } from './mirror-routes.ts'

/** The lists that may be included, and where they come from. */
const lists = {
  subscriptions: 'subscription',
  invoices: 'invoice',
  payments: 'payment',
  payment_methods: 'payment_method',
  tax_ids: 'tax_id',
  entitlements: 'entitlement',
} as const satisfies Record<string, MirrorKind>

type ListName = keyof typeof lists
export type Included = ListName | 'stripe'

const words = [...Object.keys(lists), 'stripe']
/** Of each list; the list's own route has the rest. */
const includedMax = 100

function isIncluded(word: string): word is Included {
  return words.includes(word)
}

/** `include=subscriptions,stripe`. */
export const includeParameter = described(
  z
    .string('must be given once')
    .transform((text) => text.split(','))
    .refine((given) => given.every(isIncluded), `must be of ${words.join(', ')}, joined by commas`)
    .transform((given) => given.filter(isIncluded))
    .exactOptional(),
  { type: 'string', examples: ['subscriptions,invoices,payments,stripe'] },
)

/** What a customer's answer may carry beside its own members. */
export const includedShape = {
  subscriptions: z.array(mirroredAnswered.subscription).exactOptional(),
  invoices: z.array(mirroredAnswered.invoice).exactOptional(),
  payments: z.array(mirroredAnswered.payment).exactOptional(),
  payment_methods: z.array(mirroredAnswered.payment_method).exactOptional(),
  tax_ids: z.array(mirroredAnswered.tax_id).exactOptional(),
  entitlements: z.array(mirroredAnswered.entitlement).exactOptional(),
  stripe: z
    .record(z.string(), z.unknown())
    .nullable()
    .exactOptional()
    .meta({ description: 'As Stripe last showed it; null where it has no Stripe customer.' }),
}

/** The members that were asked for. */
export async function includedOf(
  store: Pick<MirrorStore, 'listMirrored'>,
  doc: CustomerDocument,
  wanted: readonly Included[],
): Promise<Record<string, unknown>> {
  const members = await Promise.all(
    [...new Set(wanted)].map(async (name) =>
      name === 'stripe'
        ? ([name, stripeView(doc)] as const)
        : ([name, await listOf(store, doc, lists[name])] as const),
    ),
  )
  return Object.fromEntries(members)
}

async function listOf(
  store: Pick<MirrorStore, 'listMirrored'>,
  doc: CustomerDocument,
  kind: MirrorKind,
): Promise<unknown[]> {
  const found = await store.listMirrored({
    tenantId: doc.tenant_id,
    stripeIds: stripeIdsOf(doc),
    kind,
    limit: includedMax,
  })
  return found.map(({ shown }) => JSON.parse(shown) as unknown)
}

/** `address.city` stands where Stripe has it, below `address`. */
function stripeView(doc: CustomerDocument): Record<string, unknown> | null {
  if (doc.stripe_id === undefined) return null
  const groups = new Map<string, Map<string, Json>>()
  const own = new Map<string, unknown>()
  for (const [leaf, value] of treeOf(doc.observed)) {
    const dot = leaf.indexOf('.')
    if (dot < 0)
      own.set(leaf, leaf === 'preferred_locales' && typeof value === 'string' ? JSON.parse(value) : value)
    else {
      const name = leaf.slice(0, dot)
      const group = groups.get(name) ?? new Map<string, Json>()
      groups.set(name, group.set(leaf.slice(dot + 1), value))
    }
  }
  // fromEntries defines own properties, so a metadata key such as `__proto__` is a key like any other.
  for (const [name, group] of groups) own.set(name, Object.fromEntries(group))
  return { id: doc.stripe_id, ...Object.fromEntries(own), ...doc.stripe }
}
