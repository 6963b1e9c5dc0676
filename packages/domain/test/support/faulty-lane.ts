// Owns lane 2 where everything goes wrong that may: answers that are lost or never told, calls that take effect late or never,
// looks that took long, echoes in any order and twice. One customer, the pure decisions, a model Stripe.
// Promises: deterministic; idempotency and events as at Stripe, so that whatever is lost is lost by the decisions.

import type { CustomerDocument } from '../../src/customer/document.ts'
import { sealed } from '../../src/customer/seal.ts'
import type { Json } from '../../src/customer/tree.ts'
import type { StripeCustomer } from '../../src/stripe/customer-object.ts'
import type { StripeEventRecord } from '../../src/stripe/stripe-event.ts'
import { noted } from '../../src/sync/echo.ts'
import { answered, opened, refusedBy, unknown } from '../../src/sync/intent.ts'
import type { Policy } from '../../src/sync/merge.ts'
import { accept } from '../../src/sync/observe.ts'
import { nextStep } from '../../src/sync/plan.ts'
import { aMoment, anEvent, at, wishing } from './documents.ts'
import { type ModelAnswer, type ModelOptions, modelStripe, shownTree } from './stripe-model.ts'

/** How a call ends. lost: it took effect, nobody heard; the others are never told: with effect, without, and with a late one. */
export type CallEnd = 'answered' | 'lost' | 'unknown' | 'unknown without effect' | 'unknown until later'

export interface FaultyLane {
  doc: () => CustomerDocument
  shown: () => Map<string, string>
  /** An API caller's write. */
  wish(leaf: string, value: string | null): void
  /** Somebody's edit in the dashboard. */
  edit(leaf: string, value: string | null): void
  /** The next step; false where there is none. A look is done at once. */
  step(end: CallEnd): boolean
  /** A look is sent out; its answer is heard later, and counts only if nothing was accepted meanwhile. */
  beginLook(): void
  endLook(): void
  /** A call of unknown outcome takes effect after all; false where none waits. */
  rollForward(): boolean
  /** One of the waiting events is noted, and comes again if `twice`; false where none waits. */
  deliver(which: number, twice: boolean): boolean
}

export function faultyLane(
  start: CustomerDocument,
  shown: Map<string, string>,
  policyFor: (leaf: string) => Policy,
  options: ModelOptions = {},
): FaultyLane {
  const stripe = modelStripe(shown, options)
  const moment = aMoment()
  const answers = new Map<string, ModelAnswer>()
  const events: StripeEventRecord[] = []
  const rolling: { key: string; form: [string, string][] }[] = []
  let onItsWay: { customer: StripeCustomer; obs: number; wanted: number } | null = null
  let doc = start

  const write = (next: CustomerDocument) => {
    doc = sealed(next, at)
  }

  /** What Stripe does under a key: once. */
  function execute(
    key: string,
    form: readonly [string, string][],
  ): { answer: ModelAnswer; replayed: boolean } {
    const known = answers.get(key)
    if (known) return { answer: known, replayed: true }
    const before = shownTree(stripe)
    const answer = stripe.update(form)
    answers.set(key, answer)
    tell(before, key)
    return { answer, replayed: false }
  }

  function tell(before: ReadonlyMap<string, string>, key: string | null): void {
    const previous = previousOf(before, shownTree(stripe))
    if (previous !== null) events.push(anEvent({ idempotency_key: key, previous_attributes: previous }))
  }

  function resolve(end: CallEnd): void {
    const { intent } = doc
    if (!intent) throw new Error('no intent is open')
    const { key, form } = intent
    if (end === 'unknown until later') rolling.push({ key, form })
    if (end === 'unknown without effect' || end === 'unknown until later') return write(unknown(doc, at))
    const { answer, replayed } = execute(key, form)
    if (end === 'unknown') return write(unknown(doc, at))
    if (end === 'lost') return
    if (answer.kind === 'refused') write(refusedBy(doc, answer, moment))
    else write(answered(doc, { customer: answer.customer, replayed, policyFor }, moment))
  }

  function look(): void {
    write(accept(doc, { customer: stripe.customer(), lookedFor: doc.wanted, policyFor }, moment))
  }

  return {
    doc: () => doc,
    shown: () => shownTree(stripe),
    wish: (leaf, value) => write(wishing(doc, [[leaf, value]])),
    edit(leaf, value) {
      const before = shownTree(stripe)
      stripe.edit(leaf, value)
      tell(before, null)
    },
    step(end) {
      const step = nextStep(doc)
      if (step.kind === 'done') return false
      if (step.kind === 'look') look()
      else if (step.kind === 'update') write(opened(doc, step, at))
      else if (step.kind === 'resolve') resolve(end)
      else throw new Error(`nothing leads to the step ${step.kind}`)
      return true
    },
    beginLook() {
      if (nextStep(doc).kind === 'look')
        onItsWay = { customer: stripe.customer(), obs: doc.obs, wanted: doc.wanted }
    },
    endLook() {
      const seen = onItsWay
      onItsWay = null
      if (!seen || doc.obs !== seen.obs || doc.intent) return
      write(accept(doc, { customer: seen.customer, lookedFor: seen.wanted, policyFor }, moment))
    },
    rollForward() {
      const late = rolling.shift()
      if (late) execute(late.key, late.form)
      return late !== undefined
    },
    deliver(which, twice) {
      const [event] = events.splice(which % Math.max(1, events.length), 1)
      if (!event) return false
      write(noted(doc, { event, keptPush: null, policyFor }, moment).doc)
      if (twice) events.push(event)
      return true
    },
  }
}

/** `previous_attributes` of a change, as Stripe nests them; null where nothing changed. */
function previousOf(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string | null {
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (k) => before.get(k) !== after.get(k),
  )
  const previous: { [name: string]: Json } = {}
  for (const leaf of changed) {
    const path = leaf.startsWith('metadata.') ? ['metadata', leaf.slice('metadata.'.length)] : leaf.split('.')
    put(previous, path, before.get(leaf) ?? null)
  }
  return changed.length > 0 ? JSON.stringify(previous) : null
}

function put(into: { [name: string]: Json }, [name = '', ...rest]: string[], value: Json): void {
  if (rest.length === 0) {
    into[name] = value
    return
  }
  const below = into[name]
  const object = typeof below === 'object' && below !== null && !Array.isArray(below) ? below : {}
  into[name] = object
  put(object, rest, value)
}
