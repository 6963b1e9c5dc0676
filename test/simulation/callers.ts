// Owns what programs do that write through the API: they choose a customer and a change, send it under an Idempotency-Key, and
// send the same again until somebody acknowledges it.

import type { CustomerInput, OperationBody } from '@lockstep/domain/operation/operation'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { Chance } from '../support/chance.ts'
import type { LeafValue, Sent } from './history.ts'
import type { SimulatedWorld, TenantUnderTest } from './simulated-world.ts'
import { nameOf } from './watched-store.ts'

/** A value for this leaf: one that never was, or, in this share of cases, one of a few. E-mails are always of a few. */
export function valueFor(
  world: SimulatedWorld,
  tenant: TenantUnderTest,
  leaf: string,
  chance: Chance,
): string {
  // The same in every tenant: what is found by e-mail is found among one's own.
  if (leaf === 'email') return `${chance.pick(['ada', 'Ada', 'bob', 'eve'])}@example.com`
  if (chance.in(0.06)) return ''
  const number = chance.in(world.climate.oldValues) ? chance.below(3) : 10 + world.history.step
  return `${tenant.id}-${leaf.at(-1)}${number}`
}

/** Sends a new change of a customer, or a new customer. */
export async function sendChange(world: SimulatedWorld, chance: Chance): Promise<void> {
  const tenant = someTenant(world, chance)
  const customers = await customersOf(world, tenant)
  const created = world.history.sent.filter(
    ({ tenantId, body }) => tenantId === tenant.id && body.kind === 'create',
  )
  const customerId = customers[chance.below(customers.length)]
  if (customerId === undefined || (created.length < world.climate.customersMax && chance.in(0.3))) {
    if (created.length >= world.climate.customersMax) return
    const email = chance.in(0.4) ? [written(world, tenant, 'email', chance)] : []
    const all = [written(world, tenant, 'name', chance), ...email].filter(({ value }) => value !== '')
    const key = `${created.length}`
    await send(world, tenant, chance, {
      body: { kind: 'create', key, input: inputOf(all) },
      written: all,
      customerId: null,
    })
    return
  }
  if (chance.in(0.08)) {
    const kind = chance.pick(['archive', 'unarchive', 'delete', 'restore'] as const)
    await send(world, tenant, chance, { body: { kind }, written: [], customerId })
    return
  }
  const change = written(world, tenant, chance.pick(world.climate.leaves), chance)
  const all = change.leaf.startsWith('metadata.') ? wholeMetadata(world, customerId, change) : [change]
  const body: OperationBody = { kind: 'update', input: inputOf(all) }
  await send(world, tenant, chance, { body, written: all, customerId })
}

/** Sends a command, which Stripe must carry out. */
export async function sendCommand(world: SimulatedWorld, chance: Chance): Promise<void> {
  const tenant = someTenant(world, chance)
  const customers = await customersOf(world, tenant)
  const customerId = customers[chance.below(customers.length)]
  if (customerId === undefined) return
  const method = methodFor(tenant, customerId, chance)
  const credit = { kind: 'credit', amount: -1 - world.history.step, currency: 'eur', reason: null } as const
  const bodies: [OperationBody, ...OperationBody[]] = [
    credit,
    credit,
    { kind: 'create_tax_id', type: 'eu_vat', value: `DE${String(100_000_000 + world.history.step)}` },
    { kind: 'attach_payment_method', payment_method: method },
    { kind: 'detach_payment_method', payment_method: method },
  ]
  await send(world, tenant, chance, { body: chance.pick(bodies), written: [], customerId })
}

/** One that is this customer's, or nobody's yet. */
function methodFor(tenant: TenantUnderTest, customerId: string, chance: Chance): string {
  const owners = tenant.methodOwners
  const able = tenant.paymentMethods.filter((id) => (owners.get(id) ?? customerId) === customerId)
  const method = able[chance.below(able.length)] ?? 'pm_none'
  owners.set(method, customerId)
  return method
}

/** Asks for the end of a customer that may be ended. */
export async function sendPurge(world: SimulatedWorld, chance: Chance): Promise<void> {
  const tenant = someTenant(world, chance)
  const customers = await customersOf(world, tenant)
  const customerId = customers[chance.below(customers.length)]
  if (customerId === undefined) return
  const body: OperationBody = { kind: 'purge', erase: chance.in(0.5) }
  await send(world, tenant, chance, { body, written: [], customerId })
}

/** Sends something again that was not acknowledged yet, or that was: its caller may not have heard. */
export function repeat(world: SimulatedWorld, chance: Chance): void {
  const open = world.history.sent.filter(({ ackedAt }) => ackedAt === null)
  const among = open.length > 0 && chance.in(0.8) ? open : world.history.sent
  const sent = among[chance.below(among.length)]
  if (sent) attempt(world, sent, chance)
}

/** Sends everything again that was not acknowledged yet. */
export function repeatAll(world: SimulatedWorld, chance: Chance): void {
  for (const sent of world.history.sent) if (sent.ackedAt === null) attempt(world, sent, chance)
}

/** Sends another change under a key that was used: a mistake, to be refused. */
export function reuse(world: SimulatedWorld, chance: Chance): void {
  const acked = world.history.sent.filter(({ ackedAt }) => ackedAt !== null)
  const sent = acked[chance.below(acked.length)]
  if (!sent) return
  const body: OperationBody = { kind: 'update', input: { name: 'not the same' } }
  const gateway = world.gateways[chance.below(world.gateways.length)]
  if (!gateway) return
  world.history.tell(`another request under ${sent.idempotencyKey}`)
  world.start(gateway, `reuse of ${sent.idempotencyKey}`, async () => {
    try {
      await gateway.accept({ ...requestOf(sent, sent.customerId ?? ''), body, requestHash: 'other' })
    } catch (error) {
      if (error instanceof LockstepError && error.code === 'idempotency_key_reused') return 'refused'
      throw error
    }
    world.history.broken.push(`G7: ${sent.idempotencyKey} was taken for another request`)
    return 'taken'
  })
}

/** Sends it for the first time. */
export async function send(
  world: SimulatedWorld,
  tenant: TenantUnderTest,
  chance: Chance,
  what: Pick<Sent, 'body' | 'written' | 'customerId'>,
): Promise<Sent> {
  const { history, bare } = world
  const { customerId } = what
  const doc = customerId === null ? null : await bare.readCustomer({ tenantId: tenant.id, customerId })
  const ifMatch = doc && chance.in(0.1) ? doc.version : null
  const sent: Sent = {
    tenantId: tenant.id,
    // Two tenants use the same keys: what holds within one must not reach the other.
    idempotencyKey: `key-${history.sent.filter(({ tenantId }) => tenantId === tenant.id).length}`,
    ...what,
    ifMatch,
    sentAt: history.step,
    ackedAt: null,
    operationIds: new Set(),
  }
  history.sent.push(sent)
  attempt(world, sent, chance)
  return sent
}

/** One request, to some gateway. Whatever becomes of it, the caller does not wait here. */
function attempt(world: SimulatedWorld, sent: Sent, chance: Chance): void {
  const { history } = world
  const gateway = world.gateways[chance.below(world.gateways.length)]
  if (!gateway) return
  const change = sent.written.map(({ leaf, value }) => `${leaf}=${value}`).join(' ')
  const name = `${sent.tenantId} ${sent.idempotencyKey}`
  history.tell(`call ${name}: ${sent.body.kind} ${nameOf(sent.customerId ?? '')} ${change}`)
  world.start(gateway, `call ${name}`, async () => {
    const operation = await gateway.accept(requestOf(sent, sent.customerId ?? world.random.uuid()))
    sent.ackedAt ??= history.step
    sent.customerId = operation.customer_id
    sent.operationIds.add(operation._id)
    if (sent.operationIds.size > 1) history.broken.push(`G7: ${name} was answered with two operations`)
    return `acknowledged ${nameOf(operation._id)} for ${nameOf(operation.customer_id)}`
  })
}

function requestOf(sent: Sent, customerId: string) {
  return {
    caller: { tenantId: sent.tenantId, keyId: 'key_simulation' },
    customerId,
    body: sent.body,
    ifMatch: sent.ifMatch,
    idempotencyKey: sent.idempotencyKey,
    requestHash: JSON.stringify([sent.body, sent.ifMatch]),
  }
}

function someTenant({ tenants }: SimulatedWorld, chance: Chance): TenantUnderTest {
  const tenant = tenants[chance.below(tenants.length)]
  if (!tenant) throw new Error('bug: a world without tenants')
  return tenant
}

/** Those that a caller knows of: it made them, or found them in a list. */
async function customersOf(world: SimulatedWorld, { id }: TenantUnderTest): Promise<string[]> {
  const listed = await world.bare.scanCustomers(id, null, 100)
  const made = world.history.sent.filter(({ tenantId, ackedAt }) => tenantId === id && ackedAt !== null)
  return [
    ...new Set([...listed.map(({ _id }) => _id), ...made.flatMap(({ customerId }) => customerId ?? [])]),
  ]
}

function written(world: SimulatedWorld, tenant: TenantUnderTest, leaf: string, chance: Chance): LeafValue {
  return { leaf, value: valueFor(world, tenant, leaf, chance) }
}

/** Metadata is replaced as a whole, so a caller sends what it last wrote to the other key along. */
function wholeMetadata(world: SimulatedWorld, customerId: string, change: LeafValue): LeafValue[] {
  const other = change.leaf === 'metadata.a' ? 'metadata.b' : 'metadata.a'
  const last = world.history.sent
    .filter((sent) => sent.customerId === customerId)
    .flatMap((sent) => sent.written)
    .findLast(({ leaf }) => leaf === other)
  return [change, { leaf: other, value: last?.value ?? '' }]
}

function inputOf(written: readonly LeafValue[]): CustomerInput {
  const input: CustomerInput = {}
  for (const { leaf, value } of written) {
    const given = value === '' ? null : value
    if (leaf === 'name') input.name = given
    if (leaf === 'description') input.description = given
    if (leaf === 'email') input.email = given
    if (leaf === 'address.city') input.billing_address = { ...input.billing_address, city: given }
    if (leaf === 'address.line1') input.billing_address = { ...input.billing_address, line1: given }
    if (leaf.startsWith('metadata.')) {
      const entry = { k: leaf.slice('metadata.'.length), v: value }
      input.metadata = [...(input.metadata ?? []), ...(value === '' ? [] : [entry])]
    }
  }
  return input
}
