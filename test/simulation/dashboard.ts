// Owns what people do at Stripe's dashboard: they edit customers, take an edit back, make and delete customers, and strip our
// marks from them.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import type { StripeCustomer } from '@lockstep/domain/stripe/customer-object'
import { canonical, fromStripe } from '@lockstep/domain/sync/canonical'
import type { Chance } from '../support/chance.ts'
import { valueFor } from './callers.ts'
import type { SimulatedWorld, TenantUnderTest } from './simulated-world.ts'

/** Whom somebody writes to. */
export interface Chosen {
  tenant: TenantUnderTest
  customer: StripeCustomer
  doc: CustomerDocument | null
}

/** Writes one leaf. */
export async function edit(world: SimulatedWorld, chance: Chance): Promise<void> {
  const chosen = await someCustomer(world, chance)
  if (!chosen) return
  const leaf = chance.pick(world.climate.leaves)
  await write(world, chosen, leaf, valueFor(world, chosen.tenant, leaf, chance))
}

/** Puts back what we agreed on last, over an edit that we have not seen. */
export async function editBack(world: SimulatedWorld, chance: Chance): Promise<void> {
  const chosen = await someCustomer(world, chance)
  if (!chosen?.doc) return
  const agreed = new Map(chosen.doc.base.map(({ k, v }) => [k, typeof v === 'string' ? v : '']))
  const shown = fromStripe(chosen.customer)
  const leaf = world.climate.leaves.find((each) => (shown.get(each) ?? '') !== (agreed.get(each) ?? ''))
  if (leaf !== undefined) await write(world, chosen, leaf, agreed.get(leaf) ?? '')
}

/** Makes a customer that we have not asked for, perhaps with an e-mail that one of ours has. */
export async function create(world: SimulatedWorld, chance: Chance): Promise<void> {
  const tenant = world.tenants[chance.below(world.tenants.length)]
  if (!tenant || (await world.stripe.living(tenant.peoplesKey)).length > 8) return
  const name = valueFor(world, tenant, 'name', chance)
  const email = chance.in(0.6) ? valueFor(world, tenant, 'email', chance) : null
  const form = { ...(name !== '' && { name }), ...(email !== null && { email }) }
  const { id } = (await world.stripe.dashboard(tenant.peoplesKey, 'POST', '/v1/customers', form)) as {
    id: string // A customer was made, for nobody breaks what a person does.
  }
  world.history.tell(`dashboard makes ${id} ${JSON.stringify(form)}`)
  for (const [leaf, value] of Object.entries(form)) {
    const { step: at } = world.history
    world.history.edits.push({
      tenantId: tenant.id,
      stripeId: id,
      leaf,
      value,
      at,
      first: true,
      back: false,
      seen: false,
    })
  }
}

/** Removes the mark that says whose it is. */
export async function strip(world: SimulatedWorld, chance: Chance): Promise<void> {
  const chosen = await someCustomer(world, chance)
  const mark = chosen?.customer.metadata['lockstep_id']
  if (!chosen || mark === undefined) return
  world.history.tell(`dashboard strips ${chosen.customer.id}`)
  world.history.stripped.set(chosen.customer.id, mark)
  const path = `/v1/customers/${chosen.customer.id}`
  await world.stripe.dashboard(chosen.tenant.peoplesKey, 'POST', path, { 'metadata[lockstep_id]': '' })
}

/** Deletes a customer. */
export async function remove(world: SimulatedWorld, chance: Chance): Promise<void> {
  const chosen = await someCustomer(world, chance)
  if (!chosen) return
  const { id } = chosen.customer
  world.history.tell(`dashboard deletes ${id}`)
  world.history.deletedAtStripe.set(id, world.history.step)
  await world.stripe.dashboard(chosen.tenant.peoplesKey, 'DELETE', `/v1/customers/${id}`)
}

async function someCustomer(world: SimulatedWorld, chance: Chance): Promise<Chosen | null> {
  const tenant = world.tenants[chance.below(world.tenants.length)]
  if (!tenant) return null
  const living = await world.stripe.living(tenant.peoplesKey)
  const customer = living[chance.below(living.length)]
  if (!customer) return null
  const { bare } = world
  const customerId = customer.metadata['lockstep_id'] ?? world.history.stripped.get(customer.id) ?? ''
  // One that our open create made is ours already, though no document says so yet.
  const linked = await bare.findByStripeId(tenant.id, customer.id)
  const doc = linked ?? (await bare.readCustomer({ tenantId: tenant.id, customerId }))
  return { tenant, customer, doc }
}

/** Writes one leaf, and notes it. */
export async function write(
  world: SimulatedWorld,
  chosen: Chosen,
  leaf: string,
  value: string,
): Promise<void> {
  const { tenant, customer, doc } = chosen
  const { history } = world
  const before = fromStripe(customer).get(leaf) ?? ''
  if ((canonical(leaf, value) ?? '') === before) return
  const back = doc !== null && isNoChangeToUs(doc, leaf, { before, value })
  history.tell(`dashboard ${customer.id} ${leaf}=${value}${back ? ' (back)' : ''}`)
  const [head, part] = leaf.split('.')
  const name = part === undefined ? leaf : `${head}[${part}]`
  await world.stripe.dashboard(tenant.peoplesKey, 'POST', `/v1/customers/${customer.id}`, { [name]: value })
  const first = doc === null || doc.base.length === 0
  history.edits.push({
    tenantId: tenant.id,
    stripeId: customer.id,
    leaf,
    value,
    at: history.step,
    first,
    back,
    seen: false,
  })
}

/**
 * PROTOCOL section 9: an edit that is undone before we look is no change to us. What somebody types that we are just sending
 * cannot be told from it; nor can what our open call found there, when that call takes effect a second time.
 */
function isNoChangeToUs(
  doc: CustomerDocument,
  leaf: string,
  { before, value }: { before: string; value: string },
): boolean {
  const valueIn = (list: readonly { k: string; v: unknown }[]) => list.find(({ k }) => k === leaf)?.v
  const open = [...(doc.intent ? [doc.intent] : []), ...doc.pushes.filter(({ ok }) => !ok)]
  const sending = open.filter(({ sent }) => sent.some(({ k }) => k === leaf))
  if (sending.some(({ sent }) => (valueIn(sent) ?? '') === value)) return true
  const found = doc.intent?.expect.findLast(({ k }) => k === leaf)
  if (found && (found.v ?? '') === value) return true
  return (valueIn(doc.base) ?? '') === value && !sending.some(({ sent }) => (valueIn(sent) ?? '') === before)
}
