// Owns the judgement over a schedule that has come to rest: which guarantee is broken, in words. It knows what was sent, what
// people did at Stripe, and what stands on both sides in the end; of how Lockstep works it uses only how values compare.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { leafNames, treeOf } from '@lockstep/domain/customer/tree'
import { isOpen, type Operation } from '@lockstep/domain/operation/operation'
import { canonical, desiredTree, fromStripe } from '@lockstep/domain/sync/canonical'
import { heldLeaves, inStep } from '@lockstep/domain/sync/plan'
import type { StripeCustomer } from '@lockstep/domain/stripe/customer-object'
import { z } from 'zod'
import type { Applied, Edit, Sent } from './history.ts'
import type { SimulatedWorld, TenantUnderTest } from './simulated-world.ts'
import { nameOf } from './watched-store.ts'

/** One tenant as it stands in the end. */
interface Side {
  world: SimulatedWorld
  tenant: TenantUnderTest
  documents: CustomerDocument[]
  operations: Map<string, Operation>
  stripe: StripeCustomer[]
  /** Who caused each change at Stripe: the key of the request, and the customer. */
  stripeEvents: { type: string; key: string | null; customer: string }[]
}

/** Every broken guarantee, one line each; empty: the schedule held. */
export async function judge(world: SimulatedWorld): Promise<string[]> {
  const perTenant: string[] = []
  for (const tenant of world.tenants) perTenant.push(...(await judgeTenant(await sideOf(world, tenant))))
  return [
    ...world.history.broken,
    ...world.caught.map((detail) => `G11: a step failed on our side: ${detail}`),
    ...perTenant,
    ...ratesOf(world),
  ]
}

async function sideOf(world: SimulatedWorld, tenant: TenantUnderTest): Promise<Side> {
  const { bare, stripe, history } = world
  const operations = new Map<string, Operation>()
  for (const { operationIds } of history.sent.filter(({ tenantId }) => tenantId === tenant.id)) {
    for (const id of operationIds) {
      const operation = await bare.readOperation(tenant.id, id)
      if (operation) operations.set(id, operation)
    }
  }
  const events = await stripe.list(tenant.peoplesKey, '/v1/events')
  return {
    world,
    tenant,
    documents: await bare.scanCustomers(tenant.id, null, 1000),
    operations,
    stripe: await stripe.living(tenant.peoplesKey),
    stripeEvents: events.map((event) => stripeEvent.parse(event)),
  }
}

const stripeEvent = z
  .object({
    type: z.string(),
    request: z.object({ idempotency_key: z.string().nullable() }).nullable(),
    data: z.object({ object: z.looseObject({ id: z.string() }) }),
  })
  .transform(({ type, request, data }) => ({
    type,
    key: request?.idempotency_key ?? null,
    customer: data.object.id,
  }))

async function judgeTenant(side: Side): Promise<string[]> {
  const living = side.documents.filter(({ tombstone }) => !tombstone)
  return [
    ...unsettled(side),
    ...disorder(side),
    ...severalMade(side),
    ...strangers(side, living),
    ...living.flatMap((doc) => apart(side, doc)),
    ...living.filter(({ parked }) => !parked).flatMap((doc) => silentLosses(side, doc)),
    ...echoes(side),
    ...foreignValues(side),
    ...destroyed(side),
    ...(await commandEffects(side)),
    ...(await log(side)),
    ...(await otherAccount(side)),
  ]
}

/** G1: whatever was sent was acknowledged in the end, is there, and has an outcome. */
function unsettled({ world, tenant, operations, documents }: Side): string[] {
  return world.history.sent
    .filter(({ tenantId }) => tenantId === tenant.id)
    .flatMap((sent) => {
      if (sent.ackedAt === null) return [`G1: ${sent.idempotencyKey} was never acknowledged`]
      const [id = ''] = sent.operationIds
      const operation = operations.get(id)
      if (!operation) return [`G1: operation ${id} was acknowledged and is not there`]
      // A command behind a create that only a person can decide waits for that person.
      const doc = documents.find(({ _id }) => _id === operation.customer_id)
      if (doc?.commands?.includes(id) && isForAPerson(world, doc)) return []
      return isOpen(operation) ? [`G1: operation ${id} was acknowledged and never settled`] : []
    })
}

/** G6: what was sent after the acknowledgement of another operation on the same customer is applied after it. */
function disorder({ world, tenant, operations }: Side): string[] {
  const applied = new Map(world.history.applied.map((each) => [each.operationId, each]))
  const placed = world.history.sent.flatMap((sent) => {
    const [id = ''] = sent.operationIds
    const place = applied.get(id)
    return sent.tenantId === tenant.id && place ? [{ sent, place, id }] : []
  })
  return placed.flatMap((second) =>
    placed
      .filter(({ sent, place }) => {
        const same = operations.get(second.id)?.customer_id === place.customerId
        return (
          same &&
          sent.ackedAt !== null &&
          sent.ackedAt < second.sent.sentAt &&
          place.order > second.place.order
        )
      })
      .map(
        ({ id }) =>
          `G6: ${nameOf(second.id)} was sent after ${nameOf(id)} was acknowledged, and applied before it`,
      ),
  )
}

/** G2: one customer and generation is created once, whatever became of it. */
function severalMade({ stripeEvents }: Side): string[] {
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
function strangers({ stripe, tenant, world }: Side, living: CustomerDocument[]): string[] {
  return stripe.flatMap(({ id, metadata }) => {
    const holders = living.filter(({ stripe_id }) => stripe_id === id)
    if (holders.length === 1) return []
    const owner = living.find(({ _id }) => _id === metadata['lockstep_id'])
    // On record for an operator, who decides.
    if (owner && isForAPerson(world, owner)) return []
    return [`G2: ${tenant.id}'s ${id} belongs to ${holders.length} customers here`]
  })
}

/** A create whose answer names what another customer holds, which callers have touched: a person decides. */
function isForAPerson({ history }: SimulatedWorld, { parked }: CustomerDocument): boolean {
  return parked?.code === 'duplicate' && history.stripped.size > 0
}

/** G3: both sides agree on every leaf that is not held. */
function apart({ stripe, world }: Side, doc: CustomerDocument): string[] {
  const name = nameOf(doc._id)
  if (doc.parked) {
    return isForAPerson(world, doc) ? [] : [`G11: ${name} is parked: ${doc.parked.code}`]
  }
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

interface Write {
  by: 'api' | 'dashboard'
  at: number
  value: string
  first: boolean
}

/** G4: the last value written to a leaf stands in the end, or is on record as lost after it was written. */
function silentLosses(side: Side, doc: CustomerDocument): string[] {
  const { history } = side.world
  const desired = treeOf(doc.desired)
  const held = new Set(heldLeaves(doc).map(({ k }) => k))
  const ids = new Set([doc.stripe_id, ...doc.former_stripe_ids])
  const edits = history.edits.filter(({ stripeId }) => ids.has(stripeId))
  const sent = new Map(
    history.sent.flatMap((each) => [...each.operationIds].map((id) => [id, each] as const)),
  )
  const api = history.applied.filter(({ customerId }) => customerId === doc._id)
  const leaves = new Set([...edits.map(({ leaf }) => leaf), ...api.flatMap(({ changed }) => [...changed])])
  return [...leaves].flatMap((leaf) => {
    const stands = canonical(leaf, desired.get(leaf)) ?? ''
    const isGone = ({ value, at, first }: Write) => {
      if (first && value === '') return false
      const form = canonical(leaf, value) ?? ''
      const lost = history.lost.some(
        (each) => each.customerId === doc._id && each.leaf === leaf && each.value === form && each.at >= at,
      )
      return stands !== form && !lost && !held.has(leaf)
    }
    const byApi = api
      .filter(({ changed }) => changed.has(leaf))
      .flatMap((each) => writeOf(sent.get(each.operationId), leaf, each))
    const there = edits.filter((each) => each.leaf === leaf)
    const last = lastWrite(byApi, there)
    if (!last || !isGone(last)) return []
    const ours = byApi.at(-1)
    // An edit that was undone before we looked is none to us: what a caller wrote before it may stand, too.
    if (last.by === 'dashboard' && there.at(-1)?.back && ours && !isGone(ours)) return []
    if (last.by === 'dashboard' && diedSince(side, doc, there)) return []
    // What stands may be a later edit of a customer that was deleted there since.
    if (
      last.by === 'api' &&
      edits.some((each) => each.leaf === leaf && each.value === stands && each.at >= last.at)
    )
      return []
    return [
      `G4: ${nameOf(doc._id)} ${leaf}: ${last.value} (${last.by}, step ${last.at}) is gone without a record; ${stands} stands`,
    ]
  })
}

function writeOf(sent: Sent | undefined, leaf: string, { at, first }: Applied): Write[] {
  const value = sent?.written.find((each) => each.leaf === leaf)?.value
  return value === undefined ? [] : [{ by: 'api', at, value, first }]
}

/** The last of both; of two in one step the API's counts, since the other's answer came before. */
function lastWrite(api: readonly Write[], edits: readonly Edit[]): Write | undefined {
  const ours = api.at(-1)
  const theirs = edits.at(-1)
  if (!theirs || (ours && ours.at >= theirs.at)) return ours
  return { by: 'dashboard', at: theirs.at, value: theirs.value, first: theirs.first }
}

/** The Stripe customer that was edited was deleted there: its values went with it. */
function diedSince({ world }: Side, doc: CustomerDocument, edits: readonly Edit[]): boolean {
  const last = edits.at(-1)
  return (
    last !== undefined &&
    doc.former_stripe_ids.includes(last.stripeId) &&
    world.history.deletedAtStripe.has(last.stripeId)
  )
}

/** G5: we write no more often than something happened. A 500 may cost one repair. */
function echoes({ world, tenant, documents, stripeEvents }: Side): string[] {
  const { history } = world
  return documents.flatMap((doc) => {
    const ids = new Set([doc.stripe_id, ...doc.former_stripe_ids])
    const written = stripeEvents.filter(
      ({ type, key, customer }) =>
        type === 'customer.updated' && key?.startsWith('ls:update:') && ids.has(customer),
    ).length
    const causes =
      history.applied.filter(({ customerId, code }) => customerId === doc._id && code === null).length +
      history.edits.filter(({ stripeId, tenantId }) => tenantId === tenant.id && ids.has(stripeId)).length +
      [...ids].filter((id) => id !== undefined && history.stripped.has(id)).length +
      ids.size +
      history.serverErrors
    return written <= causes
      ? []
      : [`G5: ${nameOf(doc._id)} was written ${written} times at Stripe for ${causes} causes`]
  })
}

/** G9: every value says whose it is. */
function foreignValues({ tenant, documents, stripe, world }: Side): string[] {
  const others = world.tenants.filter(({ id }) => id !== tenant.id).map(({ id }) => `${id}-`)
  const shown = [
    ...documents.flatMap(({ _id, desired }) => desired.map(({ v }) => ({ who: nameOf(_id), v }))),
    ...stripe.flatMap((customer) => [...fromStripe(customer).values()].map((v) => ({ who: customer.id, v }))),
  ]
  return shown
    .filter(({ v }) => typeof v === 'string' && others.some((prefix) => v.startsWith(prefix)))
    .map(({ who, v }) => `G9: ${tenant.id}'s ${who} holds ${String(v)}`)
}

/** G10: nothing is deleted at Stripe but by a purge. */
function destroyed({ world, tenant, operations, documents }: Side): string[] {
  const asked = new Set(
    [...operations.values()].filter(({ body }) => body.kind === 'purge').map((op) => op.customer_id),
  )
  const allowed = new Set(
    documents.filter(({ _id }) => asked.has(_id)).flatMap((doc) => [doc.stripe_id, ...doc.former_stripe_ids]),
  )
  return world.stripe.calls
    .filter(
      ({ secretKey, call }) =>
        secretKey === tenant.secretKey && call.endpoint === 'DELETE /v1/customers/{id}',
    )
    .map(({ call }) => call.path.slice('/v1/customers/'.length))
    .filter((id) => !allowed.has(id))
    .map((id) => `G10: ${id} was deleted at Stripe, and nobody asked for that`)
}

const transaction = z.looseObject({ metadata: z.record(z.string(), z.string()) })
const taxId = z.looseObject({ value: z.string() })

/** Each command once: credits and tax ids are counted where they stand. */
async function commandEffects({ world, tenant, documents, operations, stripe }: Side): Promise<string[]> {
  const broken: string[] = []
  for (const { id } of stripe) {
    const doc = documents.find(({ stripe_id }) => stripe_id === id)
    const mine = [...operations.values()].filter(({ customer_id }) => customer_id === doc?._id)
    const below = `/v1/customers/${id}`
    const made = await world.stripe.list(tenant.peoplesKey, `${below}/balance_transactions`)
    const marks = made.map((each) => transaction.parse(each).metadata['lockstep_operation'])
    const numbers = (await world.stripe.list(tenant.peoplesKey, `${below}/tax_ids`)).map(
      (each) => taxId.parse(each).value,
    )
    for (const { _id, body, outcome, result } of mine.map((op) => ({ ...op, result: op.outcome?.result }))) {
      const times =
        body.kind === 'credit'
          ? marks.filter((mark) => mark === _id).length
          : body.kind === 'create_tax_id'
            ? numbers.filter((value) => value === body.value).length
            : null
      if (times === null || outcome?.parked) continue
      // Carried out on a Stripe customer that was deleted since: there is nothing left to count.
      const gone = times === 0 && (doc?.former_stripe_ids.length ?? 0) > 0 && result !== undefined
      if (times !== (outcome?.code === null ? 1 : 0) && !gone)
        broken.push(
          `G5: ${body.kind} ${nameOf(_id)} stands ${times} times at Stripe; it ended as ${outcome?.code ?? 'applied'}`,
        )
    }
  }
  return broken
}

/** The log has every fact of every customer, and its reader was given each in turn. */
async function log({ world, tenant, documents }: Side): Promise<string[]> {
  const events = await world.bare.readEvents(tenant.id, 0, 100_000)
  const short = documents.filter(
    ({ _id, seq }) => events.filter(({ customer_id }) => customer_id === _id).length !== seq,
  )
  const seen = new Set<number>()
  const fresh = tenant.delivered.filter(({ pos }) => !seen.has(pos) && seen.add(pos))
  const inTurn = fresh.every(({ pos }, index) => pos === index + 1)
  return [
    ...short.map(({ _id, seq }) => `log: ${nameOf(_id)} told ${seq} facts, not all are in the log`),
    ...(inTurn && fresh.length === events.length
      ? []
      : [
          `log: its reader was given ${fresh.length} of ${events.length} events${inTurn ? '' : ', out of turn'}`,
        ]),
  ]
}

/** G12: a key of another account leaves nothing there. */
async function otherAccount({ world, tenant }: Side): Promise<string[]> {
  const made = await world.stripe.list(tenant.wrongKey, '/v1/customers')
  return made.length === 0
    ? []
    : [`G12: ${made.length} customers were made in an account that is not ${tenant.id}'s`]
}

/** G8: no sliding second holds more calls than a limit. */
function ratesOf({ stripe, climate, tenants }: SimulatedWorld): string[] {
  return tenants.flatMap(({ id, secretKey }) => {
    const calls = stripe.calls.filter((each) => each.secretKey === secretKey)
    const endpoints = new Set(calls.map(({ call }) => call.endpoint))
    const counted = [
      { what: 'calls', limit: climate.limits.perAccount, ...mostInASecond(calls.map(({ at }) => at)) },
      ...[...endpoints].map((endpoint) => ({
        what: `calls of ${endpoint}`,
        limit: climate.limits.perEndpoint,
        ...mostInASecond(calls.filter(({ call }) => call.endpoint === endpoint).map(({ at }) => at)),
      })),
    ]
    return counted
      .filter(({ most, limit }) => most > limit)
      .map(({ what, most, endedAt }) => `G8: ${most} ${what} in the second up to ${endedAt}, for ${id}`)
  })
}

/** The fullest sliding second: how many calls it held, and when it ended. */
function mostInASecond(times: readonly number[]): { most: number; endedAt: number } {
  let [most, first, endedAt] = [0, 0, 0]
  for (const [last, at] of times.entries()) {
    while (at - (times[first] ?? at) >= 1000) first++
    if (last - first + 1 <= most) continue
    most = last - first + 1
    endedAt = at
  }
  return { most, endedAt }
}
