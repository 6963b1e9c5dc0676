/**
 * Owns the taking of steps: one caller, or several of one account, at work on a sandbox.
 * Promises: each step is one call, told with its answer and with the events that it caused, oldest first; what answers and events show is
 * known to the steps that follow.
 */
import fc from 'fast-check'
import type { JsonObject } from '../../../src/json.ts'
import type { DirectAnswer, DirectSandbox } from '../direct-sandbox.ts'
import { catalogueSteps, invoiceSteps, subscriptionSteps } from './billing-steps.ts'
import { customerSteps, neighbourSteps } from './customer-steps.ts'
import { clockSteps, meterSteps, portalSteps, receiverSteps, timeSteps } from './other-steps.ts'
import { learn, type Call, type Known, type Step } from './step.ts'

/** An event as the API shows it. */
export type ShownEvent = JsonObject & {
  readonly id: string
  readonly type: string
  readonly data: { readonly object: JsonObject; readonly previous_attributes?: JsonObject }
}

/** A step that was taken. `call` and `answer` are absent where only time passed, or nothing was there to do it to. */
export type Taken = {
  readonly step: Step
  readonly call?: Call
  readonly answer?: DirectAnswer
  readonly events: readonly ShownEvent[]
}

/** A caller at work. */
export type Shop = {
  readonly sandbox: DirectSandbox
  readonly known: Known
  readonly get: (path: string) => JsonObject
  /** The same shop over another sandbox, which holds what this one held. */
  moveTo(sandbox: DirectSandbox): Shop
  take(step: Step, key?: string): Promise<Taken>
}

/** Opens a shop. The callers' keys take turns; they should be of one account. */
export function openShop(
  sandbox: DirectSandbox,
  apiKeys: readonly string[] = ['sk_test_direct'],
  before: { readonly known?: Known; readonly lastEvent?: string | undefined } = {},
): Shop {
  const known = new Map([...(before.known ?? [])].map(([kind, ids]) => [kind, [...ids]]))
  let turn = 0
  let { lastEvent } = before
  const apiKey = () => apiKeys[turn++ % apiKeys.length] ?? ''

  function get(path: string): JsonObject {
    const { status, text, body } = sandbox.call('GET', path, {}, { apiKey: apiKey() })
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${text}`)
    return body
  }

  function newEvents(): ShownEvent[] {
    const found: ShownEvent[] = []
    for (;;) {
      const since = lastEvent ? `&ending_before=${lastEvent}` : ''
      const page = get(`/v1/events?limit=100${since}`)
      // What a list of events holds.
      const events = (page['data'] as ShownEvent[]).toReversed()
      found.push(...events)
      lastEvent = events.at(-1)?.id ?? lastEvent
      if (page['has_more'] !== true || !since) return found
    }
  }

  return {
    sandbox,
    known,
    get,
    moveTo: (other) => openShop(other, apiKeys, { known, lastEvent }),
    async take(step, key) {
      const call = step.call(known)
      if (step.seconds !== undefined) await sandbox.advance(step.seconds)
      const answer = call && sandbox.call(call[0], call[1], call[2] ?? {}, { apiKey: apiKey(), key })
      // What an advance of a test clock causes comes after its answer.
      await sandbox.core.settled()
      learn(known, answer?.body)
      const events = newEvents()
      for (const { data } of events) learn(known, data.object)
      return { step, ...(call && answer ? { call, answer } : {}), events }
    },
  }
}

/** Every kind of step, by area. */
export const steps = {
  customers: customerSteps,
  neighbours: neighbourSteps,
  catalogue: catalogueSteps,
  subscriptions: subscriptionSteps,
  invoices: invoiceSteps,
  meters: meterSteps,
  portal: portalSteps,
  receivers: receiverSteps,
  clocks: clockSteps,
  time: timeSteps,
}

/** A sequence of steps of these areas; an area that is named twice is twice as likely, and time passes less often than things are done. */
export function sequences(
  areas: readonly (keyof typeof steps)[],
  length: { readonly max: number },
): fc.Arbitrary<Step[]> {
  const weighted = areas.map((area) => ({
    weight: area === 'time' ? 1 : 2,
    arbitrary: fc.oneof(...steps[area]),
  }))
  return fc.array(fc.oneof(...weighted), { maxLength: length.max, size: 'max' })
}
