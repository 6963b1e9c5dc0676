// Owns the judgement after a round: every acknowledged operation is accounted for, nothing happened that nobody asked
// for or that was asked for once and happened twice, and both sides are equal (G1–G7).
// Promises: a finding names the rule and what broke it; it never throws for what it judges, and forgives nothing.

import type { Operation } from '@lockstep/domain/operation/operation'
import { apiKeyId } from '../../support/members.ts'
import { until } from '../../support/until.ts'
import type { Callers } from './callers.ts'
import { type Found, judgeCarriedOut, judgeWrites, type Operations } from './carried-out.ts'
import { openDoors } from './doors.ts'
import { differences } from './equal-sides.ts'
import { type Evidence, type History, openEvidence } from './evidence.ts'
import type { FaultStack } from './fault-stack.ts'
import { judgeFates } from './fates.ts'
import { judgeOrder } from './order.ts'
import { isAcknowledged, type Ledger, type WriteRecord } from './ledger.ts'

export interface Finding {
  /** lost, twice, unexpected, unequal …: which promise was broken. */
  rule: string
  detail: string
}

export interface Judgement {
  findings: Finding[]
  /** Of the round. */
  counts: {
    writes: number
    applied: number
    rejected: number
    /** Refused at the door: no operation came of them. */
    turnedAway: number
    superseded: number
    standing: number
    conflicts: number
    edits: number
    /** Attempts without an answer, made again under their key. */
    repeated: number
    stripeWrites: number
  }
}

/** Whose doing is judged: any stack, whoever runs its Stripe. */
export type Accused = Pick<FaultStack, 'store' | 'deaths'> & { stripe: { url: string } }

export interface Judge {
  /** Waits until nothing is under way, then judges what was done by these callers since the last judgement. */
  round(callers: Callers): Promise<Judgement>
}

/** Questions under way at once. */
const atOnce = 16
/** A system that is not at rest after this has lost something (ms). */
const restMs = 180_000
const tenantId = 'default'

export function openJudge(stack: Accused): Judge {
  const evidence = openEvidence({ store: stack.store, doors: openDoors(stack.stripe.url) })
  /** What was judged before: steps of each customer's history, and contradictions. */
  const judged = new Map<string, { ours: number; atStripe: number; byCallers: number }>()
  const known = new WeakMap<Ledger, { writes: number; edits: number }>()
  let contradictions = 0
  let deaths = 0

  return {
    async round(callers) {
      const ledger = sinceLast(callers.ledger, known)
      const findings: Finding[] = []
      const found = (rule: string, detail: string) => void findings.push({ rule, detail })
      await atRest(stack, evidence, found)
      const operations = await operationsOf(stack, ledger.writes)
      for (const text of evidence.contradictions.slice(contradictions)) found('contradiction', text)
      contradictions = evidence.contradictions.length
      if (stack.deaths() > deaths) found('died', `${stack.deaths() - deaths} processes ended by themselves`)
      deaths = stack.deaths()

      judgeWrites(ledger, operations, found)
      const touched = new Map<string, History>()
      for (const [id, history] of evidence.customers) {
        const before = judged.get(id) ?? { ours: 0, atStripe: 0, byCallers: 0 }
        const now = {
          ours: history.ours.length,
          atStripe: history.atStripe.length,
          byCallers: history.byCallers.length,
        }
        if (JSON.stringify(before) === JSON.stringify(now)) continue
        touched.set(id, history)
      }
      judgeCarriedOut(ledger, operations, touched, judged, found)
      const fates = judgeFates(touched, judged, found)
      judgeOrder(ledger.writes, operations, evidence.customers, found)
      for (const { customer, values, done } of ledger.edits) {
        if (!done) found('unanswered', `an edit of ${customer} was never taken by Stripe`)
        for (const { field, value } of values) {
          const seen = evidence.customers
            .get(customer)
            ?.atStripe.some((step) => step.field === field && step.value === value)
          if (done && !seen) found('lost at Stripe', `${customer} ${field}=${value}`)
        }
      }
      for (const [id, { created }] of touched)
        if (created.length > 1) found('twice', `${id} was made at Stripe as ${created.join(', ')}`)
      for (const text of await differences(stack)) found('unequal', text)
      await judgeRepeats(stack, ledger, operations, callers, found)
      for (const [id, history] of touched)
        judged.set(id, {
          ours: history.ours.length,
          atStripe: history.atStripe.length,
          byCallers: history.byCallers.length,
        })
      const became = (status: string) => [...operations.values()].filter((each) => each?.status === status)
      return {
        findings,
        counts: {
          writes: ledger.writes.filter(isAcknowledged).length,
          applied: became('applied').length,
          rejected: became('rejected').length,
          turnedAway: ledger.writes.filter(({ key }) => !operations.get(key)).length,
          edits: ledger.edits.length,
          repeated: ledger.writes.reduce((sum, { unanswered }) => sum + unanswered, 0),
          ...fates,
        },
      }
    },
  }
}

/** What stands in the ledger since it was last asked for. */
function sinceLast(ledger: Ledger, known: WeakMap<Ledger, { writes: number; edits: number }>): Ledger {
  const { writes, edits } = known.get(ledger) ?? { writes: 0, edits: 0 }
  known.set(ledger, { writes: ledger.writes.length, edits: ledger.edits.length })
  return { writes: ledger.writes.slice(writes), edits: ledger.edits.slice(edits) }
}

/** Nothing waits, and every event that Stripe ever told was taken in and worked off. */
async function atRest({ store }: Accused, evidence: Evidence, found: Found): Promise<void> {
  const idle = async () => {
    const { waitingOperations, unsyncedCustomers, waitingStripeEvents, parked } = await store.backlog()
    const stuck = parked.reduce((sum, { count }) => sum + count, 0)
    return waitingOperations + waitingStripeEvents + Math.max(0, unsyncedCustomers - stuck) === 0
  }
  const events: string[] = []
  const all = async () => {
    if (!(await idle())) return false
    await evidence.read()
    events.push(...evidence.stripeEvents)
    while (events.length > 0) {
      const record = await store.readStripeEvent(tenantId, events.at(-1) ?? '')
      if (!record?.done_at) return false
      events.pop()
    }
    return idle()
  }
  await until('everything is at rest', all, { patienceMs: restMs, betweenMs: 100 }).catch(async () => {
    const { parked, ...rest } = await store.backlog()
    found('not at rest', `${JSON.stringify(rest)}, ${events.length} Stripe events not taken in`)
  })
  await evidence.read()
  for (const { code, count } of (await store.backlog()).parked) found('parked', `${count} customers: ${code}`)
  for (const tenant of await store.listTenants())
    if (tenant.paused_outbound) found('paused', `${tenant._id}: ${tenant.paused_outbound.reason}`)
}

async function operationsOf({ store }: Accused, writes: readonly WriteRecord[]) {
  const operations = new Map<string, Operation | null>()
  await inLines(writes, async ({ key }) => {
    operations.set(key, await store.findByIdempotencyKey(tenantId, apiKeyId, key))
  })
  return operations
}

/** Whoever lost an answer asks again under the same key, is told what became of it, and changes nothing by it. */
async function judgeRepeats(
  { store }: Accused,
  ledger: Ledger,
  operations: Operations,
  callers: Callers,
  found: Found,
): Promise<void> {
  const before = await store.highestPosition(tenantId)
  const unsure = ledger.writes.filter(({ unanswered, key }) => unanswered > 0 && operations.get(key))
  await inLines(unsure, async (write) => {
    const operation = operations.get(write.key)
    const told = await callers.repeat(write).catch(() => null)
    const right =
      told !== null &&
      (operation?.status === 'applied' ? told.status < 300 : told.code === operation?.outcome?.code)
    if (!right)
      found('told wrong', `${write.key}, repeated: ${JSON.stringify(told)}, became ${operation?.status}`)
  })
  const after = await store.highestPosition(tenantId)
  if (after !== before) found('twice', `${after - before} events came of repeated writes`)
}

async function inLines<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values()
  const line = async () => {
    for (const item of left) await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, line))
}
