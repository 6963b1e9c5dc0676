// Owns the judgement over both sides: one Stripe customer for each, and equal where nothing is held (G2, G3, G9, G11).

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { leafNames } from '@lockstep/domain/customer/tree'
import { canonical, desiredTree, fromStripe } from '@lockstep/domain/sync/canonical'
import { heldLeaves, inStep } from '@lockstep/domain/sync/plan'
import { nameOf } from '../watched-store.ts'
import { isForAPerson, type Side } from './side.ts'

/** G2: one customer and generation is created once, whatever became of it. */
export function severalMade({ stripeEvents }: Side): string[] {
  const made = new Map<string, Set<string>>()
  for (const { type, key, customer } of stripeEvents) {
    const generation = /^ls:create:([^:]+:\d+)\./.exec(key ?? '')?.[1]
    if (type !== 'customer.created' || generation === undefined) continue
    made.set(generation, (made.get(generation) ?? new Set()).add(customer))
  }
  return [...made]
    .filter(([, ids]) => ids.size > 1)
    .map(([generation, ids]) => `G2: ${generation} was created as ${[...ids].join(' and ')}`)
}

/** G2: every living Stripe customer belongs to exactly one customer here. */
export function strangers(side: Side, living: CustomerDocument[]): string[] {
  const { stripe, tenant } = side
  return stripe.flatMap(({ id, metadata }) => {
    const holders = living.filter(({ stripe_id }) => stripe_id === id)
    if (holders.length === 1) return []
    const owner = living.find(({ _id }) => _id === metadata['lockstep_id'])
    // On record for an operator, who decides.
    if (owner && isForAPerson(side, owner)) return []
    return [`G2: ${tenant.id}'s ${id} belongs to ${holders.length} customers here`]
  })
}

/** G2: what a purge deleted at Stripe was its customer's, and becomes nobody else's. */
export function returnedFromThePurged(side: Side, living: CustomerDocument[]): string[] {
  const purged = new Map(
    side.documents
      .filter(({ tombstone }) => tombstone && tombstone.merged_into === null)
      .flatMap(({ _id, former_stripe_ids }) => former_stripe_ids.map((id) => [id, _id] as const)),
  )
  return living.flatMap(({ _id, stripe_id, former_stripe_ids }) =>
    [stripe_id, ...former_stripe_ids].flatMap((id) => {
      const owner = id === undefined ? undefined : purged.get(id)
      return owner ? [`G2: ${nameOf(_id)} was made of ${id}, which the purged ${nameOf(owner)} had`] : []
    }),
  )
}

/** G3: both sides agree on every leaf that is not held. */
export function apart(side: Side, doc: CustomerDocument): string[] {
  const { stripe } = side
  const name = nameOf(doc._id)
  if (doc.parked) {
    return isForAPerson(side, doc) ? [] : [`G11: ${name} is parked: ${doc.parked.code}`]
  }
  if (doc.refused.length > 0) return [`G3: ${name} is held back, and Stripe refused nothing`]
  if (!inStep(doc)) return [`G3: ${name} never came in step (${doc.intent?.kind ?? 'no intent'})`]
  if (doc.stripe_id === undefined) return []
  const seen = stripe.find(({ id }) => id === doc.stripe_id)
  if (!seen) return [`G3: ${name} is linked to ${doc.stripe_id}, which does not live`]
  const held = new Set(heldLeaves(doc).map(({ k }) => k))
  const [ours, theirs] = [desiredTree(doc), fromStripe(seen)]
  return leafNames(ours, theirs)
    .filter((leaf) => !held.has(leaf) && canonical(leaf, ours.get(leaf)) !== (theirs.get(leaf) ?? null))
    .map(
      (leaf) => `G3: ${name} ${leaf}: ${canonical(leaf, ours.get(leaf))} here, ${theirs.get(leaf)} at Stripe`,
    )
}

/** G9: every value says whose it is. */
export function foreignValues({ tenant, documents, stripe, world }: Side): string[] {
  const others = world.tenants.filter(({ id }) => id !== tenant.id).map(({ id }) => `${id}-`)
  const shown = [
    ...documents.flatMap(({ _id, desired }) => desired.map(({ v }) => ({ who: nameOf(_id), v }))),
    ...stripe.flatMap((customer) => [...fromStripe(customer).values()].map((v) => ({ who: customer.id, v }))),
  ]
  return shown
    .filter(({ v }) => typeof v === 'string' && others.some((prefix) => v.startsWith(prefix)))
    .map(({ who, v }) => `G9: ${tenant.id}'s ${who} holds ${JSON.stringify(v)}`)
}

/** A claim is on the e-mail that the customer has: any other one is barred for all, and nobody has it. */
export function falseClaims(doc: CustomerDocument): string[] {
  const email = doc.desired.find(({ k }) => k === 'email')?.v
  const claimed = doc.email_claim
  if (claimed === undefined || claimed === canonical('email', email)?.toLowerCase()) return []
  return [`claim: ${nameOf(doc._id)} claims ${claimed} and has ${JSON.stringify(email)}`]
}
