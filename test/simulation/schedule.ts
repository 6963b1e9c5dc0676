// Owns one schedule: a seed decides every edit, every turn, every fault and every death; then the world comes to rest and
// is judged.

import { memoryStore } from '@lockstep/domain/store/memory/memory-store'
import type { Clock, Random } from '@lockstep/domain/clock/clock'
import { parseSubject, type Subject, subjectKey } from '@lockstep/domain/doorbell/doorbell'
import type { Operation, OperationBody } from '@lockstep/domain/operation/operation'
import { newTenant } from '@lockstep/domain/store/tenant'
import { recordOfSnapshot, type SnapshotEvent } from '@lockstep/domain/stripe/snapshot-event'
import { applyLane, syncLane } from '@lockstep/worker/lanes'
import { openSweeper } from '@lockstep/worker/maintain/sweep'
import { countedUuid } from '../support/counted-uuid.ts'
import { inputOf, type LeafValue, leaves, leavesWritten, nameOf } from './callers.ts'
import { type Chance, chanceOf } from '../support/chance.ts'
import { type Ending, judge, type Write } from './history.ts'
import { type Outside, type SimulatedProcess, startProcess } from './simulated-process.ts'
import { openSimulatedStripe } from './simulated-stripe.ts'
import { openTurns } from './turns.ts'

const tenantId = 'default'
const hourMs = 3_600_000
/** Turns in which something happens, until the world is left to come to rest. */
const stepsMax = 700

export interface Judged {
  seed: number
  broken: string[]
  /** What happened, in order: for a person who looks for the cause. */
  trace: string[]
}

/** Runs one seed from the beginning to its judgement. */
export async function runSchedule(seed: number): Promise<Judged> {
  const chance = chanceOf(seed)
  const stripe = await openSimulatedStripe(seed)
  const store = memoryStore()
  const turns = openTurns()
  const trace: string[] = []
  const bells: string[] = []
  const timers: { at: number; fire: () => void }[] = []
  const undelivered: SnapshotEvent[] = []
  const writes: Write[] = []
  const operations: { id: string; customerId: string; written: LeafValue[] }[] = []
  const customers: string[] = []
  const deletedAtStripe = new Set<string>()
  let count = 0

  const clock: Clock = {
    now: () => stripe.now(),
    sleep: (ms) => new Promise((fire) => timers.push({ at: stripe.now() + ms, fire })),
  }
  const random: Random = { next: () => chance.next(), uuid: () => countedUuid(++count) }
  const ring = async (queue: string, subjects: Subject[]) => {
    for (const subject of subjects) {
      const bell = `${queue} ${subjectKey(subject)}`
      if (!bells.includes(bell)) bells.push(bell)
    }
    return true
  }
  const outside: Outside = { store, stripe: stripe.http, ring, clock, random, turns }
  await store.insertTenant(newTenant({ id: tenantId, livemode: false, linkByEmail: true, at: clock.now() }))
  let processes = [startProcess(1, outside), startProcess(2, outside)]
  const caught: string[] = []
  let processCount = 2

  async function accept(
    body: OperationBody,
    customerId: string,
    written: { leaf: string; value: string } | null,
  ) {
    const id = random.uuid()
    const operation: Operation = {
      _id: id,
      tenant_id: tenantId,
      customer_id: customerId,
      number: await store.takeNumbers(1),
      status: 'accepted',
      body,
      if_match: null,
      api_key_id: 'key',
      request_hash: id,
      accepted_at: clock.now(),
    }
    await store.insertOperations([operation])
    const all = leavesWritten(body, written)
    operations.push({ id, customerId, written: all })
    for (const each of all) writes.push({ by: 'api', customerId, ...each, operationId: id, underWay: [] })
    trace.push(
      `accept ${body.kind} ${customerId.slice(0, 13)} ${written ? `${written.leaf}=${written.value}` : ''}`,
    )
    if (!chance.in(0.1)) await ring('customer-apply', [{ kind: 'customer', tenantId, id: customerId }])
  }

  async function deliverOne(at: number, keep: boolean): Promise<void> {
    const [event] = undelivered.slice(at, at + 1)
    if (!event) return
    if (!keep) undelivered.splice(at, 1)
    const record = recordOfSnapshot(event, tenantId, clock.now())
    const [result] = await store.insertStripeEvents([record])
    trace.push(`deliver ${event.type} ${record.stripe_customer_id} ${result?.kind}`)
    if (record.stripe_customer_id && result?.kind === 'ok') {
      await ring('customer-apply', [{ kind: 'stripe_customer', tenantId, id: record.stripe_customer_id }])
    }
  }

  async function edit(choice: Chance): Promise<void> {
    const living = await stripe.living()
    const chosen = living[choice.below(living.length)]
    if (!chosen) return
    const doc = await store.findByStripeId(tenantId, chosen.id)
    const customerId = doc?._id ?? chosen.metadata['lockstep_id'] ?? ''
    if (choice.in(0.04)) {
      deletedAtStripe.add(customerId)
      trace.push(`dashboard deletes ${chosen.id}`)
      await stripe.dashboard('DELETE', `/v1/customers/${chosen.id}`)
      return
    }
    const leaf = choice.pick(leaves)
    const value = `s${++count}`
    const underWay: string[] = []
    for (const each of operations.filter((one) => one.customerId === customerId)) {
      const [same] = each.written.filter((one) => one.leaf === leaf)
      if (same && (await store.readOperation(tenantId, each.id))?.status === 'accepted')
        underWay.push(same.value)
    }
    writes.push({
      by: 'dashboard',
      customerId,
      leaf,
      value,
      operationId: null,
      underWay,
    })
    trace.push(`dashboard ${chosen.id} ${leaf}=${value}`)
    await stripe.dashboard('POST', `/v1/customers/${chosen.id}`, { [nameOf(leaf)]: value })
  }

  function startJob(process: SimulatedProcess): void {
    const [bell] = bells.splice(chance.below(bells.length), 1)
    if (!bell) return
    const [queue = '', key = ''] = bell.split(' ')
    const subject = parseSubject(key)
    if (!subject || subject.kind === 'tenant') return
    trace.push(`process ${process.id} takes ${bell}`)
    const job = (queue === 'customer-apply' ? applyLane : syncLane)(process.ports, subject)
    job.then(
      (outcome) => trace.push(`process ${process.id} ends ${bell}: ${outcome}`),
      (error: unknown) => {
        if (process.alive) caught.push(`${bell}: ${error instanceof Error ? error.message : 'unknown'}`)
      },
    )
  }

  function kill(index: number): void {
    const victim = processes[index]
    if (!victim) return
    trace.push(`process ${victim.id} dies`)
    caught.push(...victim.caught)
    victim.kill()
    processes = processes.with(index, startProcess(++processCount, outside))
  }

  async function pass(ms: number): Promise<void> {
    await stripe.advance(ms)
    const due = timers.filter(({ at }) => at <= clock.now())
    for (const timer of due) {
      timers.splice(timers.indexOf(timer), 1)
      timer.fire()
    }
    await turns.rest()
  }

  // The sweeper takes no turns: it only reads, and rings.
  const free = startProcess(0, { ...outside, turns: { ...turns, wait: async () => undefined } })
  const sweeper = openSweeper(free.ports)

  const change = async () => {
    const customerId = customers[chance.below(customers.length)]
    if (!customerId || (customers.length < 3 && chance.in(0.3))) {
      const id = random.uuid()
      customers.push(id)
      const value = `a${++count}`
      await accept({ kind: 'create', key: id, input: { name: value } }, id, { leaf: 'name', value })
    } else if (chance.in(0.06)) {
      const kind = chance.pick(['archive', 'unarchive', 'delete', 'restore'] as const)
      await accept({ kind }, customerId, null)
    } else {
      const leaf = chance.pick(leaves)
      const value = `a${++count}`
      await accept({ kind: 'update', input: inputOf(leaf, value, writes, customerId) }, customerId, {
        leaf,
        value,
      })
    }
  }

  for (let steps = 0; steps < stepsMax; steps++) {
    const dice = chance.next()
    if (dice < 0.04) await change()
    else if (dice < 0.065) await edit(chance)
    else if (dice < 0.11) {
      undelivered.push(...(await stripe.newEvents()))
      if (undelivered.length > 0) await deliverOne(chance.below(undelivered.length), chance.in(0.2))
    } else if (dice < 0.12) trace.push(`fault ${stripe.breakNext(chance)}`)
    else if (dice < 0.126) kill(chance.below(2))
    else if (dice < 0.129) bells.length = 0
    else if (dice < 0.15) {
      // No process sleeps for an hour between its look at a key's age and its call (PROTOCOL, assumptions): who
      // would, is dead by then.
      const day = chance.in(0.08)
      if (day) for (const index of [0, 1]) kill(index)
      await pass(day ? 25 * hourMs : chance.in(0.1) ? hourMs / 2 : 2_000)
      await sweeper.sweep()
    } else if (dice < 0.22 && bells.length > 0) {
      const process = processes[chance.below(2)]
      if (process) startJob(process)
      await turns.rest()
    } else await turns.step((waiting) => chance.below(waiting))
  }
  trace.push('the faults end')
  stripe.heal()
  const first = processes[0] as SimulatedProcess // Two are always there.
  for (let quiet = 0, rounds = 0; quiet < 3 && rounds < 60; rounds++) {
    undelivered.push(...(await stripe.newEvents()))
    while (undelivered.length > 0) await deliverOne(0, false)
    while (await turns.step((waiting) => chance.below(waiting)));
    const idle = bells.length === 0
    while (bells.length > 0) {
      startJob(first)
      await turns.rest()
      while (await turns.step((waiting) => chance.below(waiting)));
    }
    const { unsyncedCustomers } = await store.backlog()
    // What waits for a doubt to end waits for an hour.
    await pass(unsyncedCustomers > 0 && idle ? hourMs / 2 : 60_000)
    await sweeper.sweep()
    quiet = idle && bells.length === 0 && unsyncedCustomers === 0 ? quiet + 1 : 0
  }
  for (const process of processes) caught.push(...process.caught)
  const read = await Promise.all(operations.map(({ id }) => store.readOperation(tenantId, id)))
  const end: Ending = {
    writes,
    operations: read.flatMap((operation) => operation ?? []),
    documents: await store.scanCustomers(tenantId, null, 1000),
    stripe: await stripe.living(),
    log: await store.readEvents(tenantId, 0, 100_000),
    deletedAtStripe,
    caught,
  }
  await stripe.close()
  return { seed, broken: judge(end), trace }
}
