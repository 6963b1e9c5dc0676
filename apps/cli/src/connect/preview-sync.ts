// Owns the preview of a first sync: what it would link, make, push and hold, counted before anything is written.
// Promises: reads only, page by page; it keeps one id for each customer that would be linked by its e-mail, and a list of no
// more than a thousand of those that would be held.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { wantsLink } from '@lockstep/domain/customer/document'
import { comparePage, type Suspicion } from '@lockstep/domain/reconciliation/compare-page'
import { listStart, windowOf } from '@lockstep/domain/reconciliation/list-window'
import type { HeldReason } from '@lockstep/domain/reconciliation/pass'
import { planStranger } from '@lockstep/domain/reconciliation/stranger'
import type { Store } from '@lockstep/domain/store/store'
import type { StripeLimits } from '@lockstep/domain/stripe/slots'
import { nextStep } from '@lockstep/domain/sync/plan'
import type { StripeSide } from '../verify/stripe-side.ts'

/** One that would be left alone, and who it may be. */
export interface WouldBeHeld {
  stripe: string[]
  why: HeldReason
  customers: string[]
}

export interface Preview {
  /** Living at Stripe; here, tombstones aside; linked to each other already. */
  atStripe: number
  here: number
  linked: number
  /** Stripe customers that would be linked to one of ours. */
  link: number
  /** Customers of ours that would be made at Stripe. */
  create: number
  /** Stripe customers that would become customers here. */
  adopt: number
  /** Customers to which something would be sent: our marks on those newly linked, changes that wait. */
  push: number
  /** Linked ones whose fields differ, or whose Stripe customer is gone: looked at, and merged or archived. */
  differ: number
  /** Stripe customers that name one of ours which has another one. */
  duplicated: number
  heldCount: number
  /** The first of them. */
  held: WouldBeHeld[]
  /** Stripe calls that it takes, and how long at a calm rate (s). */
  calls: number
  seconds: number
}

const scanMax = 500
const heldMax = 1_000
/** Calls of one customer: adopted (look, look, push), linked by e-mail (one more), made (create, look), looked at. */
const callsEach = { adopt: 3, link: 4, create: 2, differ: 2 }
/** Share of a limit that is used in practice: a slot comes free a second after its answer. */
const usable = 0.9

/** Counts. @throws KeyRefused, StripeUnreachable, StoreUnavailable */
export async function previewSync(
  sides: { store: Store; stripe: Pick<StripeSide, 'page'>; tenantId: string },
  { linkByEmail, limits }: { linkByEmail: boolean; limits: StripeLimits },
): Promise<Preview> {
  const { store, stripe, tenantId } = sides
  const preview = empty()
  /** Ours → the Stripe customers that would be it, by e-mail. */
  const matched = new Map<string, string[]>()
  /** Ours that a mark names, or that could be several. */
  const taken = new Set<string>()
  let pages = 0
  for (let place = listStart, more = true; more; pages++) {
    const page = await stripe.page(place.after)
    const window = windowOf(place, page)
    const compared = await comparePage(store, tenantId, { items: page.items, window })
    preview.atStripe += page.items.length
    preview.linked += compared.linked
    for (const suspicion of compared.suspicions) {
      if (suspicion.kind !== 'extra') preview.differ++
      else await judge(preview, { matched, taken }, suspicion, { store, tenantId, linkByEmail })
    }
    place = window.next
    more = page.hasMore
  }
  for (const [customer, there] of matched) {
    taken.add(customer)
    if (there.length === 1) preview.link++
    else hold(preview, { stripe: there, why: 'email_of_several_there', customers: [customer] })
  }
  for await (const doc of everyCustomer(store, tenantId)) {
    if (doc.tombstone) continue
    preview.here++
    if (doc.stripe_id === undefined && wantsLink(doc) && !doc.parked && !taken.has(doc._id)) preview.create++
    if (doc.stripe_id !== undefined && nextStep(doc).kind === 'update') preview.push++
  }
  preview.push += preview.link + preview.adopt
  return { ...preview, ...effort(preview, pages, limits) }
}

function empty(): Preview {
  return {
    atStripe: 0,
    here: 0,
    linked: 0,
    link: 0,
    create: 0,
    adopt: 0,
    push: 0,
    differ: 0,
    duplicated: 0,
    heldCount: 0,
    held: [],
    calls: 0,
    seconds: 0,
  }
}

async function judge(
  preview: Preview,
  { matched, taken }: { matched: Map<string, string[]>; taken: Set<string> },
  { listed, claimed }: Extract<Suspicion, { kind: 'extra' }>,
  { store, tenantId, linkByEmail }: { store: Store; tenantId: string; linkByEmail: boolean },
): Promise<void> {
  const plan = await planStranger(store, { tenantId, linkByEmail }, { listed, claimed })
  switch (plan.kind) {
    case 'adopt':
      preview.adopt++
      return
    case 'duplicated':
      preview.duplicated++
      return
    case 'held':
      for (const customer of plan.customers) taken.add(customer)
      return hold(preview, { stripe: [listed.id], why: plan.why, customers: plan.customers })
    case 'link':
      if (plan.by === 'email') {
        matched.set(plan.customer, [...(matched.get(plan.customer) ?? []), listed.id])
      } else if (taken.has(plan.customer)) preview.duplicated++
      else {
        taken.add(plan.customer)
        preview.link++
      }
  }
}

function hold(preview: Preview, held: WouldBeHeld): void {
  preview.heldCount += held.stripe.length
  if (preview.held.length < heldMax) preview.held.push(held)
}

async function* everyCustomer(
  store: Pick<Store, 'scanCustomers'>,
  tenantId: string,
): AsyncGenerator<CustomerDocument> {
  for (let after: string | null = null; ; ) {
    const page: CustomerDocument[] = await store.scanCustomers(tenantId, after, scanMax)
    yield* page
    after = page.at(-1)?._id ?? null
    if (page.length < scanMax) return
  }
}

function effort(
  { adopt, link, create, differ }: Preview,
  pages: number,
  limits: StripeLimits,
): Pick<Preview, 'calls' | 'seconds'> {
  const calls =
    pages +
    adopt * callsEach.adopt +
    link * callsEach.link +
    create * callsEach.create +
    differ * callsEach.differ
  // Two of an adopted one's calls go to one endpoint, which has a limit of its own.
  const looks = 2 * (adopt + link) + create + differ
  const seconds = Math.max(calls / limits.perAccount, looks / limits.perEndpoint) / usable
  return { calls, seconds: Math.ceil(seconds) }
}
