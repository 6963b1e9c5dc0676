// Owns the re-reading of one Stripe customer's objects: what is asked for is read, laid over what stands here, and told.
// Promises: one-way and by GET alone, never from an event's payload; absence is learned by a whole list, or by a 404 of the right
// account; a crash anywhere leaves the asks in place; each change is told once, through its owner's outbox.

import type { MirrorAsk, MirrorAsks } from '@lockstep/domain/mirror/asks'
import { answered, putOff, turnTaken } from '@lockstep/domain/mirror/asks'
import { mirrorCall, mirrorPage, seenObject } from '@lockstep/domain/mirror/kinds'
import { laidOver, missed, type MirroredObject, type Reading } from '@lockstep/domain/mirror/mirrored'
import { readAll } from '@lockstep/domain/stripe/look-up'
import type { StripeAnswer, StripeCall } from '@lockstep/domain/stripe/stripe-http'
import { momentOf, type Ports } from '../ports.ts'
import { forbiddenCall } from '../sync/back-off.ts'
import type { OpenPassage } from '../sync/step.ts'
import { noteSubscriptions } from './note-subscriptions.ts'
import { tellChanges } from './tell-changes.ts'

/** mirrored: nothing is asked any more. waiting: Stripe is busy or away, or another reading goes on. paused: a person must let the tenant go on. */
export type MirrorOutcome = 'mirrored' | 'waiting' | 'paused' | 'idle'

export interface MirrorRef {
  tenantId: string
  stripeId: string
}

/** Reads until nothing is asked any more, Stripe will not answer now, or another reading has begun. */
export async function refreshMirrors(ports: Ports, ref: MirrorRef): Promise<MirrorOutcome> {
  let outcome: MirrorOutcome = 'idle'
  for (;;) {
    const asks = await ports.store.readMirrorAsks(ref.tenantId, ref.stripeId)
    if (!asks || asks.asks.length === 0) return outcome
    if (asks.waits > 0 && (asks.due_at ?? 0) > ports.clock.now()) return 'waiting'
    const passage = await ports.gate.outbound(ref.tenantId)
    if (passage.kind !== 'open') return passage.kind === 'paused' ? 'paused' : 'waiting'
    const turn = turnTaken(asks)
    if ((await ports.store.replaceMirrorAsks(turn)).kind !== 'ok') continue
    const taken = await readAsked(ports, passage, turn)
    if (taken.done.some(({ kind }) => kind === 'subscription')) await noteSubscriptions(ports, ref)
    await tellChanges(ports, ref)
    const last = await moveAsks(ports, ref, (record) => {
      const now = ports.clock.now()
      const left = answered(record, { turn: turn.turn, done: taken.done }, now)
      return taken.unread ? putOff(left, now) : left
    })
    if (taken.unread) return taken.unread
    // Another reading began meanwhile, and this one asked for all of it again: went both on, neither would ever be the last.
    if (last && last.turn !== turn.turn) return 'waiting'
    outcome = 'mirrored'
  }
}

type Call = (call: StripeCall) => Promise<StripeAnswer>

interface Taken {
  done: MirrorAsk[]
  /** Why the reading stopped before all was read; null: all was. */
  unread: 'waiting' | 'paused' | null
}

async function readAsked(ports: Ports, passage: OpenPassage, record: MirrorAsks): Promise<Taken> {
  const done: MirrorAsk[] = []
  for (const ask of record.asks) {
    const reading: Reading = {
      tenantId: record.tenant_id,
      stripeId: record.stripe_customer_id,
      kind: ask.kind,
      turn: record.turn,
      moment: momentOf(ports),
    }
    const call: Call = (asked) => passage.stripe.call(asked, ask.calm && 'backfill')
    const answer =
      ask.id === null ? await readList(ports, call, reading) : await readOne(ports, call, reading, ask.id)
    if (answer) {
      const unread = await unreadFor(ports, reading.tenantId, answer)
      if (unread !== 'skip') return { done, unread }
    }
    done.push(ask)
  }
  return { done, unread: null }
}

/** Null: read. Else the answer that stood in its place. */
async function readList(ports: Ports, call: Call, reading: Reading): Promise<StripeAnswer | null> {
  const { stripeId, kind, tenantId } = reading
  const all = await readAll(mirrorPage, (cursor) => call(mirrorCall(kind, { stripeId, id: null, ...cursor })))
  if (all.kind === 'failed') return isMissing(all.answer) ? nothingLeft(ports, reading) : all.answer
  const known = new Map(
    (await ports.store.scanMirrored(tenantId, stripeId, kind)).map((each) => [each.object_id, each]),
  )
  const seen = all.items.flatMap((item) => seenObject(kind, item) ?? [])
  for (const object of seen) {
    const present = known.get(object.id) ?? null
    await store(ports, present, (now) => laidOver(now, object, reading), { ...reading, id: object.id })
    known.delete(object.id)
  }
  for (const absent of known.values()) {
    await store(ports, absent, (now) => now && missed(now, reading), { ...reading, id: absent.object_id })
  }
  return null
}

async function readOne(ports: Ports, call: Call, reading: Reading, id: string): Promise<StripeAnswer | null> {
  const { stripeId, kind, tenantId } = reading
  const answer = await call(mirrorCall(kind, { stripeId, id }))
  if (answer.kind !== 'ok' && !isMissing(answer)) return answer
  if (isMissing(answer) && (await ports.gate.recheck(tenantId)) !== 'same') return answer
  const seen = answer.kind === 'ok' ? seenObject(kind, answer.body) : null
  const known = await ports.store.readMirrored(tenantId, kind, id)
  const isTheirs = seen !== null && (seen.customer === null || seen.customer === stripeId)
  await store(
    ports,
    known,
    (now) => (isTheirs ? laidOver(now, seen, reading) : now && missed(now, reading)),
    { ...reading, id },
  )
  return null
}

/** The list of a customer that was deleted: whatever stood below it is gone with it, if the key is the right one. */
async function nothingLeft(ports: Ports, reading: Reading): Promise<StripeAnswer | null> {
  const { tenantId, stripeId, kind } = reading
  if ((await ports.gate.recheck(tenantId)) !== 'same') return { kind: 'silence' }
  for (const each of await ports.store.scanMirrored(tenantId, stripeId, kind)) {
    await store(ports, each, (now) => now && missed(now, reading), { ...reading, id: each.object_id })
  }
  return null
}

/** 404 by path, 400 `resource_missing` as a parameter. */
function isMissing(answer: StripeAnswer): answer is Extract<StripeAnswer, { kind: 'refused' }> {
  return answer.kind === 'refused' && (answer.status === 404 || answer.code === 'resource_missing')
}

/** What an answer that is no reading means: wait, stop for a person, or leave this kind alone. */
async function unreadFor(
  ports: Ports,
  tenantId: string,
  answer: StripeAnswer,
): Promise<'waiting' | 'paused' | 'skip'> {
  if (answer.kind !== 'refused') return 'waiting'
  // A key without the right to see one kind must not pause what goes on without it.
  if (answer.status === 403) {
    ports.log({
      event: 'mirror_forbidden',
      tenant: tenantId,
      detail: forbiddenCall('GET', answer) ?? answer.code,
    })
    return 'skip'
  }
  const account = await ports.gate.recheck(tenantId)
  return account === 'paused' ? 'paused' : 'waiting'
}

/** Compare-and-set until the decision is written or is to leave the record alone. */
async function store(
  ports: Ports,
  known: MirroredObject | null,
  decide: (known: MirroredObject | null) => MirroredObject | null,
  about: { tenantId: string; kind: Reading['kind']; id: string },
): Promise<void> {
  for (let current = known; ; ) {
    const next = decide(current)
    if (!next) return
    const { kind } = current
      ? await ports.store.replaceMirrored(next)
      : await ports.store.insertMirrored(next)
    if (kind === 'ok') return
    current = await ports.store.readMirrored(about.tenantId, about.kind, about.id)
  }
}

/** Compare-and-set; the record that was moved, or null where there is none. */
async function moveAsks(
  ports: Ports,
  ref: MirrorRef,
  move: (record: MirrorAsks) => MirrorAsks,
): Promise<MirrorAsks | null> {
  for (;;) {
    const record = await ports.store.readMirrorAsks(ref.tenantId, ref.stripeId)
    if (!record || (await ports.store.replaceMirrorAsks(move(record))).kind === 'ok') return record
  }
}
