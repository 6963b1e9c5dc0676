// Owns what is different in the first sync of an account: whom it leaves alone, and which creates wait for it.
// Promises: a Stripe customer that could be several of ours, or one of several there, is linked to nobody, and those of ours that
// it could be are parked, so that no third one is made; a customer of ours that may be there already is made there only once the
// list was read to its end, and an event of a stranger waits as long. Nobody else waits.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { treeOf } from '@lockstep/domain/customer/tree'
import type { Suspicion } from '@lockstep/domain/reconciliation/compare-page'
import { type HeldCustomer, isRunning, type Reconciliation } from '@lockstep/domain/reconciliation/pass'
import { planStranger } from '@lockstep/domain/reconciliation/stranger'
import { type ListedCustomer, lockstepIdOf, parseCustomerPage } from '@lockstep/domain/stripe/customer-object'
import { type StripeAnswer, stripeCalls } from '@lockstep/domain/stripe/stripe-http'
import { canonical } from '@lockstep/domain/sync/canonical'
import type { Ports } from '../ports.ts'
import { park } from '../sync/back-off.ts'
import type { OpenPassage } from '../sync/step.ts'
import { refOf } from '../write-customer.ts'
import { sideBySide } from './side-by-side.ts'

/** Look-ups by e-mail side by side. */
const atOnce = 8

/** Those of a page that are left alone, by their id at Stripe; an answer where Stripe did not tell. */
export async function heldStrangers(
  ports: Ports,
  passage: OpenPassage,
  record: Reconciliation,
  suspicions: readonly Suspicion[],
): Promise<Map<string, HeldCustomer> | StripeAnswer> {
  const strangers = suspicions.filter((each) => each.kind === 'extra')
  const held = new Map<string, HeldCustomer>()
  let failed: StripeAnswer | null = null
  await sideBySide(strangers, atOnce, async ({ listed, claimed }) => {
    const before = record.held.find(({ stripe }) => stripe === listed.id)
    // A person has said whose it is, by its mark.
    if (before && !claimed) held.set(listed.id, before)
    if (before || record.pass.reason !== 'connect') return true
    const found = await judge(ports, passage, { listed, claimed })
    if (found && 'kind' in found) failed = found
    else if (found) held.set(listed.id, found)
    return failed === null
  })
  return failed ?? held
}

async function judge(
  ports: Ports,
  passage: OpenPassage,
  stranger: { listed: ListedCustomer; claimed: CustomerDocument | null },
): Promise<HeldCustomer | StripeAnswer | null> {
  const { _id: tenantId, link_by_email: linkByEmail } = passage.tenant
  const { id: stripe, email } = stranger.listed
  const at = ports.clock.now()
  const plan = await planStranger(ports.store, { tenantId, linkByEmail }, stranger)
  if (plan.kind === 'held') return { stripe, why: plan.why, customers: plan.customers, at }
  if (plan.kind !== 'link' || plan.by !== 'email' || !email) return null
  const there = await unlinkedWithEmail(ports, passage, email)
  if ('kind' in there) return there
  return there.length > 1 ? { stripe, why: 'email_of_several_there', customers: [plan.customer], at } : null
}

/** Parks those of ours that a held one may be: made at Stripe as well, they would be one more. */
export async function parkCandidates(
  ports: Ports,
  tenantId: string,
  { customers }: HeldCustomer,
): Promise<void> {
  for (const customerId of customers) {
    const doc = await ports.store.readCustomer({ tenantId, customerId })
    // A create that is open goes on under its own key; whoever was linked meanwhile is known.
    if (!doc || doc.stripe_id !== undefined || doc.intent || doc.parked || doc.tombstone) continue
    await park(ports, doc, 'email_ambiguous')
  }
}

/**
 * yes: it may be made at Stripe. wait: the first sync may still find it there. An answer where Stripe did not tell. Whoever was
 * here before the sync waits for the end of the list, since a mark there may name it; whoever came since is asked for by e-mail.
 */
export async function mayCreate(
  ports: Ports,
  passage: OpenPassage,
  doc: CustomerDocument,
): Promise<'yes' | 'wait' | StripeAnswer> {
  const record = await ports.store.readReconciliation(refOf(doc).tenantId)
  if (!record || !isReadingFirst(record)) return 'yes'
  if (doc.created_at <= record.pass.asked_at) return 'wait'
  const email = canonical('email', treeOf(doc.desired).get('email'))
  if (email === null || !passage.tenant.link_by_email) return 'yes'
  const there = await unlinkedWithEmail(ports, passage, email)
  if ('kind' in there) return there
  return there.some((customer) => lockstepIdOf(customer) === null) ? 'wait' : 'yes'
}

/**
 * May a stranger that nothing proves to be ours be linked by its e-mail, or taken in, because an event told of it? wait: the
 * first sync comes to it. held: a person must say whose it is.
 */
export async function mayAdopt(
  ports: Ports,
  tenantId: string,
  stripeId: string,
): Promise<'yes' | 'wait' | 'held'> {
  const record = await ports.store.readReconciliation(tenantId)
  if (record?.held.some(({ stripe }) => stripe === stripeId)) return 'held'
  return record && isReadingFirst(record) ? 'wait' : 'yes'
}

function isReadingFirst(record: Reconciliation): boolean {
  return isRunning(record) && record.pass.reason === 'connect' && record.pass.reading === 'stripe'
}

/** Living ones with this e-mail, in its very case, that nobody here is or was linked to. */
async function unlinkedWithEmail(
  ports: Ports,
  passage: OpenPassage,
  email: string,
): Promise<ListedCustomer[] | StripeAnswer> {
  const answer = await passage.stripe.call(stripeCalls.listCustomersByEmail(email))
  if (answer.kind !== 'ok') return answer
  const { items } = parseCustomerPage(answer.body)
  const tenantId = passage.tenant._id
  const linked = await ports.store.findByStripeIds(
    tenantId,
    items.map(({ id }) => id),
  )
  const known = new Set(linked.map(({ stripe_id }) => stripe_id))
  const free: ListedCustomer[] = []
  for (const item of items) {
    if (!known.has(item.id) && !(await ports.store.findByFormerStripeId(tenantId, item.id))) free.push(item)
  }
  return free
}
