// Owns whether both sides are equal, asked twice: by the comparison that `lockstep verify` makes, and by one that shares
// no code with it: what our API shows against what Stripe's API lists.

import { compareSides } from '@lockstep/cli/verify/compare-sides'
import { openStripeSide } from '@lockstep/cli/verify/stripe-side'
import { systemClock } from '@lockstep/domain/clock/clock'
import { type CustomerDocument, wantsLink } from '@lockstep/domain/customer/document'
import { customerView } from '@lockstep/domain/customer/view'
import type { Store } from '@lockstep/domain/store/store'
import { openStripe } from '@lockstep/domain/stripe/stripe-client'
import { z } from 'zod'
import { stripeKey } from '../../support/members.ts'
import { flat } from './evidence.ts'

export interface BothSides {
  store: Store
  stripe: { url: string }
}

const tenantId = 'default'
/** Documents in one reading. */
const pageSize = 1_000

/** What differs, in words; and what Stripe has more than once. Its limits must be off: these calls take no slots. */
export async function differences(sides: BothSides): Promise<string[]> {
  return [...(await byVerify(sides)), ...(await byListing(sides))]
}

async function byVerify({ store, stripe: { url } }: BothSides): Promise<string[]> {
  const http = openStripe({ secretKey: stripeKey, apiBase: url })
  try {
    const stripe = openStripeSide({ http, clock: systemClock })
    const { differences: found } = await compareSides({ store, stripe, tenantId })
    return found.map((difference) => `verify: ${JSON.stringify(difference)}`)
  } finally {
    http.close()
  }
}

async function byListing({ store, stripe: { url } }: BothSides): Promise<string[]> {
  const found: string[] = []
  const living = await livingCustomers(url)
  const byOwner = Map.groupBy(living, ({ metadata }) => metadata['lockstep_id'] ?? 'nobody')
  for (const [owner, twins] of byOwner)
    if (twins.length > 1) found.push(`${owner} lives at Stripe as ${twins.map(({ id }) => id).join(', ')}`)
  const left = new Map(living.map((customer) => [customer.id, customer]))
  for await (const doc of customers(store)) {
    if (doc.tombstone) continue
    const there = left.get(doc.stripe_id ?? '')
    left.delete(doc.stripe_id ?? '')
    if (!there) {
      if (doc.stripe_id !== undefined || wantsLink(doc)) found.push(`${doc._id} is not at Stripe`)
      continue
    }
    if (there.metadata['lockstep_id'] !== doc._id)
      found.push(`${there.id} says that it is ${there.metadata['lockstep_id']}, not ${doc._id}`)
    const [ours, theirs] = [flat(customerView(doc)), flat(there)]
    for (const field of new Set([...ours.keys(), ...theirs.keys()]))
      if (ours.get(field) !== theirs.get(field))
        found.push(`${doc._id} ${field}: ${ours.get(field)} here, ${theirs.get(field)} at Stripe`)
  }
  for (const id of left.keys()) found.push(`${id} lives at Stripe and is nobody's`)
  return found
}

async function* customers(store: Store): AsyncGenerator<CustomerDocument> {
  for (let after: string | null = null; ; ) {
    const page: CustomerDocument[] = await store.scanCustomers(tenantId, after, pageSize)
    yield* page
    const last = page.at(-1)
    if (!last || page.length < pageSize) return
    after = last._id
  }
}

const page = z.object({
  data: z.array(z.looseObject({ id: z.string(), metadata: z.record(z.string(), z.string()) })),
  has_more: z.boolean(),
})

/** By Stripe's API, page by page, as anybody would. */
async function livingCustomers(url: string): Promise<z.output<typeof page>['data']> {
  const all: z.output<typeof page>['data'] = []
  for (let cursor = ''; ; ) {
    const response = await fetch(`${url}/v1/customers?limit=100${cursor}`, {
      headers: { authorization: `Bearer ${stripeKey}` },
    })
    const { data, has_more } = page.parse(await response.json())
    all.push(...data)
    if (!has_more) return all
    cursor = `&starting_after=${data.at(-1)?.id}`
  }
}
