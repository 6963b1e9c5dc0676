// Owns the plan of a merge: which documents it changes, what hangs on the loser, and what forbids it.
// Promises: reads only. A merge is refused where it would take a Stripe customer from a third one of ours, where work is under way,
// or where it would destroy what nobody said to destroy.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { isUnderWay } from '@lockstep/domain/reconciliation/difference'
import type { Store } from '@lockstep/domain/store/store'
import type { OpenSides } from '../verify/open-sides.ts'
import { atStake, type Hanging, whatHangs } from './what-hangs.ts'

export interface MergeWish {
  /** The Stripe customer that stays, and the one that does not. */
  keep: string
  lose: string
  /** The loser is deleted at Stripe, not left there with a mark. */
  delete: boolean
  /** … whatever hangs on it. */
  force: boolean
  /** The losing customer of ours ends, though callers have written to it. */
  absorb: boolean
}

/**
 * forget: the loser was nobody's here, or a double on record. relink: ours is linked to the loser, and goes to the other. absorb:
 * the loser has a customer of ours of its own, which ends. remark: our side is merged already; only Stripe's is left.
 */
export type MergeKind = 'forget' | 'relink' | 'absorb' | 'remark'

export interface MergePlan {
  kind: MergeKind
  survivor: CustomerDocument
  /** Ours that ends. */
  absorbed: CustomerDocument | null
  hanging: Hanging
  /** Why it is refused; empty: it may be done. */
  refusals: string[]
}

/** Plans; null where neither of the two is a customer here. @throws StripeUnreachable, StoreUnavailable */
export async function planMerge(sides: OpenSides, wish: MergeWish): Promise<MergePlan | null> {
  const { store, tenantId, stripe, http } = sides
  const [kept, lost] = [
    await store.findByStripeId(tenantId, wish.keep),
    await store.findByStripeId(tenantId, wish.lose),
  ]
  const survivor = kept ?? lost
  if (!survivor) return null
  const refusals: string[] = []
  for (const id of [wish.keep, wish.lose]) {
    const seen = await stripe.customer(id)
    if (seen.kind !== 'living') refusals.push(`${id} does not live at Stripe`)
  }
  if (refusals.length > 0) return { kind: 'forget', survivor, absorbed: null, hanging: nothing, refusals }
  const hanging = await whatHangs(http, wish.lose)
  const former = await store.findByFormerStripeId(tenantId, wish.lose)
  const kind = kindOf({ kept, lost, former })
  const absorbed = kind === 'absorb' ? lost : null
  refusals.push(...(await refusalsOf({ ...sides, wish, survivor, absorbed, hanging, former })))
  return { kind, survivor, absorbed, hanging, refusals }
}

const nothing: Hanging = {
  balance: 0,
  currency: null,
  subscriptions: [],
  payment_methods: [],
  open_invoices: [],
  tax_ids: [],
  created: null,
  email: null,
  lockstep_id: null,
}

function kindOf({
  kept,
  lost,
  former,
}: Record<'kept' | 'lost' | 'former', CustomerDocument | null>): MergeKind {
  if (kept && lost) return 'absorb'
  if (lost) return 'relink'
  return former ? 'remark' : 'forget'
}

async function refusalsOf({
  store,
  tenant,
  tenantId,
  http,
  wish,
  survivor,
  absorbed,
  hanging,
  former,
}: OpenSides & {
  wish: MergeWish
  survivor: CustomerDocument
  absorbed: CustomerDocument | null
  hanging: Hanging
  former: CustomerDocument | null
}): Promise<string[]> {
  const refusals: string[] = []
  const ours = [survivor, ...(absorbed ? [absorbed] : [])]
  for (const doc of ours) {
    if (await isBusy(store, doc)) refusals.push(`work on ${doc._id} is under way: wait for it, or see parked`)
  }
  const others = [hanging.lockstep_id, (await whatHangs(http, wish.keep)).lockstep_id]
  for (const id of others) {
    if (id === null || ours.some(({ _id }) => _id === id)) continue
    const third = await store.readCustomer({ tenantId, customerId: id })
    if (third && !third.tombstone) refusals.push(`it would take a Stripe customer from a third one, ${id}`)
  }
  if (former && former._id !== survivor._id && former.tombstone?.merged_into !== survivor._id)
    refusals.push(`${wish.lose} was the Stripe customer of ${former._id}`)
  const doubles = absorbed?.duplicate_stripe_ids?.filter((id) => id !== wish.keep) ?? []
  if (doubles.length > 0)
    refusals.push(`${wish.lose} has doubles of its own, ${doubles.join(', ')}: merge them into it first`)
  if (absorbed?.touched_by_api && !wish.absorb)
    refusals.push(`callers have written to ${absorbed._id}, which would end: --absorb says that they know`)
  const stakes = wish.delete ? atStake(hanging) : []
  if (stakes.length > 0 && !wish.force)
    refusals.push(`deleting ${wish.lose} would destroy ${stakes.join(', ')}: --force says so`)
  if (tenant.paused_outbound || tenant.observe_only)
    refusals.push('nothing may be sent to Stripe now: see pnpm lockstep resume, observe --off')
  return refusals
}

async function isBusy(store: Store, doc: CustomerDocument): Promise<boolean> {
  const ref = { tenantId: doc.tenant_id, customerId: doc._id }
  return isUnderWay(doc) || (await store.countWaiting(ref, 1)) > 0
}
