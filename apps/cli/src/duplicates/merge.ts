// Owns carrying out a merge that a person agreed to.
// Promises: our side first, each document by compare-and-set on what was planned from, so that from then on the loser is a former
// id and never becomes a customer again, whatever dies; then the mark or the deletion at Stripe, which can be repeated: the same
// command, given again, does what is left.

import type { Clock, Random } from '@lockstep/domain/clock/clock'
import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { sealed } from '@lockstep/domain/customer/seal'
import type { Store } from '@lockstep/domain/store/store'
import { type StripeAnswer, stripeCalls, type StripeHttp } from '@lockstep/domain/stripe/stripe-http'
import { withoutDouble } from '@lockstep/domain/sync/double'
import { absorbed, mergedWith, relinked } from '@lockstep/domain/sync/merge-doubles'
import { StripeUnreachable } from '../verify/stripe-side.ts'
import type { MergePlan, MergeWish } from './plan-merge.ts'

/** A document moved on since the plan was made: nothing of it was written. */
export class MovedOn extends Error {
  constructor(id: string) {
    super(`customer ${id} has changed since the plan was made: look again`)
    this.name = 'MovedOn'
  }
}

export interface MergeWorld {
  store: Pick<Store, 'replaceCustomer'>
  http: StripeHttp
  clock: Pick<Clock, 'now'>
  random: Pick<Random, 'uuid'>
}

/** Carries it out. @throws MovedOn, StripeUnreachable, StoreUnavailable */
export async function carryOut(world: MergeWorld, plan: MergePlan, wish: MergeWish): Promise<void> {
  const now = world.clock.now()
  const moment = { now, uuid: () => world.random.uuid() }
  const { survivor } = plan
  const customer = plan.absorbed?._id ?? null
  const loser = { stripeId: wish.lose, customer }
  // The one that ends goes first: the loser is a former id from that write on, and its link is free.
  if (plan.absorbed) await write(world, absorbed(plan.absorbed, survivor._id, now))
  if (plan.kind === 'relink') await write(world, relinked(survivor, wish.keep, moment))
  else if (plan.kind !== 'remark') await write(world, mergedWith(survivor, loser, moment))
  else if (survivor.duplicate_stripe_ids?.includes(wish.lose))
    await write(world, withoutDouble(survivor, wish.lose))
  const answer = await world.http.call(
    wish.delete ? stripeCalls.deleteCustomer(wish.lose) : mark(survivor, wish),
  )
  if (answer.kind !== 'ok') throw failure(wish, answer)
}

/** Not ours any more, and whose it was. The values are absolute, so a second call changes nothing. */
function mark({ _id }: CustomerDocument, { keep, lose }: MergeWish) {
  const form: [string, string][] = [
    ['metadata[lockstep_id]', ''],
    ['metadata[lockstep_merged_into]', keep],
  ]
  return stripeCalls.updateCustomer(lose, form, `ls:merge:${_id}:${keep}:${lose}`)
}

async function write({ store, clock }: MergeWorld, doc: CustomerDocument): Promise<void> {
  const written = await store.replaceCustomer(sealed(doc, clock.now()))
  if (written.kind !== 'ok') throw new MovedOn(doc._id)
}

function failure({ lose }: MergeWish, answer: StripeAnswer): Error {
  const why = answer.kind === 'refused' ? `${answer.status} ${answer.code}` : answer.kind
  return new StripeUnreachable(
    `our side is merged; ${lose} could not be ended there (${why}): give the same command again`,
  )
}
