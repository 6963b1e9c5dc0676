// Owns Stripe in the simulation: the sandbox in this process, its accounts, its dashboard, and what may go wrong with a call.
// Promises: faults strike our calls alone; a person at the dashboard, and the judge, meet none. Time moves only when told.

import { parseStripeCustomer, type StripeCustomer } from '@lockstep/domain/stripe/customer-object'
import type { StripeAnswer, StripeCall, StripeHttp } from '@lockstep/domain/stripe/stripe-http'
import { canonical, fromStripe } from '@lockstep/domain/sync/canonical'
import { type Sandbox, startSandbox } from '@lockstep/stripe-sandbox'
import { z } from 'zod'
import type { Chance } from '../support/chance.ts'
import { sandboxStripe } from '../support/sandbox-stripe.ts'
import type { Climate } from './climate.ts'
import type { History, LeafValue } from './history.ts'
import { type PastStates, pastStates } from './past-states.ts'

/** Later than this no 500 takes effect (PROTOCOL, section 9: an hour) (ms). */
export const rollForwardMs = 600_000
/** A read shows no state that was replaced longer ago than this (ms). */
export const staleReadMs = 5_000

/** When every schedule begins (ms): it must not matter on which day it is run. */
const beginsAt = Date.UTC(2026, 0, 1)

/** What goes wrong with the next call of a tenant that writes, or that reads a customer. */
export type CallFault =
  | { kind: 'lost'; when: 'before' | 'after' }
  | { kind: 'busy'; status: 409 | 429 | 503; when: 'before' | 'after' }
  | { kind: 'server_error'; when: 'before' | 'after' | 'later' }
  | { kind: 'stale_read' }

export interface StripeEventBody {
  id: string
  type: string
  [other: string]: unknown
}

/** One request as the judge sees it. */
export interface MadeCall {
  secretKey: string
  call: StripeCall
  at: number
}

export interface SimulatedStripe {
  sandbox: Sandbox
  /** Stripe as the workers with this key reach it; `peoplesKey` is one that cannot be revoked. */
  http(secretKey: string, peoplesKey: string): StripeHttp
  /** One request by somebody else with this key: the dashboard, another program. */
  dashboard(
    secretKey: string,
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    form?: Record<string, string>,
  ): Promise<unknown>
  /** Everything alive there. */
  living(secretKey: string): Promise<StripeCustomer[]>
  /** A whole list of the API, newest first. */
  list(secretKey: string, path: string): Promise<unknown[]>
  /** What the customers of this account have been. */
  states(peoplesKey: string): PastStates
  /** The events that nobody was given yet, oldest first. */
  newEvents(secretKey: string, payload: 'snapshot' | 'thin'): Promise<StripeEventBody[]>
  /** The next call that this can happen to goes wrong in this way. */
  breakNext(fault: CallFault): void
  heal(): void
  calls: MadeCall[]
  close(): Promise<void>
}

/** An empty Stripe. */
export async function openSimulatedStripe(
  climate: Pick<Climate, 'seed' | 'eventListLagMs' | 'detachedMethods'>,
  history: History,
): Promise<SimulatedStripe> {
  // Its limits are off: what we send is counted by the judge, apart from what people at the dashboard do.
  const sandbox = await startSandbox({
    latency: 0,
    limits: 'off',
    frozen: true,
    startAt: beginsAt,
    seed: climate.seed,
    detached_payment_method: climate.detachedMethods,
  })
  history.now = () => sandbox.clock.now()
  const given = new Set<string>()
  const calls: MadeCall[] = []
  const sentKeys = new Set<string>()
  const known = new Map<string, PastStates>()
  let faults: CallFault[] = []
  let { eventListLagMs } = climate

  async function request(secretKey: string, method: string, path: string, form?: Record<string, string>) {
    const reply = await sandbox.call({
      method,
      path,
      headers: { authorization: `Bearer ${secretKey}` },
      ...(form && { body: new URLSearchParams(form).toString() }),
    })
    return reply?.body ?? {}
  }

  /** One request by a person, or by somebody who watches. */
  async function beside(secretKey: string, method: string, path: string, form?: Record<string, string>) {
    const id = customerIn(path)
    const states = id !== null && method !== 'GET' ? statesFor(secretKey) : null
    if (id !== null) await states?.note(id)
    const body = await request(secretKey, method, path, form)
    const made = path === '/v1/customers' && method === 'POST' ? customerBody.parse(body).id : null
    if (made !== null) await statesFor(secretKey).note(made)
    if (id !== null) await states?.note(id)
    return body
  }

  /** The states of the customers of one account. */
  function statesFor(peoplesKey: string): PastStates {
    const read = async (id: string) => {
      const body = await request(peoplesKey, 'GET', `/v1/customers/${id}`)
      return 'error' in body ? null : body
    }
    const states = known.get(peoplesKey) ?? pastStates(read, () => sandbox.clock.now())
    known.set(peoplesKey, states)
    return states
  }

  function takeFault(call: StripeCall): CallFault | undefined {
    const isLook = call.endpoint === 'GET /v1/customers/{id}'
    const place = faults.findIndex(({ kind }) => (kind === 'stale_read' ? isLook : call.method !== 'GET'))
    const [fault] = place < 0 ? [] : faults.splice(place, 1)
    return fault
  }

  /** What the list of events does not show yet. */
  function withLag(call: StripeCall, answer: StripeAnswer): StripeAnswer {
    if (call.endpoint !== 'GET /v1/events' || answer.kind !== 'ok' || eventListLagMs === 0) return answer
    const shownUpTo = (sandbox.clock.now() - eventListLagMs) / 1000
    const { data, ...rest } = eventList.parse(answer.body)
    return { ...answer, body: { ...rest, data: data.filter(({ created }) => created <= shownUpTo) } }
  }

  async function faulty(inner: StripeHttp, peoplesKey: string, call: StripeCall): Promise<StripeAnswer> {
    const fault = takeFault(call)
    if (fault) history.tell(`stripe fault ${JSON.stringify(fault)} at ${call.method} ${call.path}`)
    const states = statesFor(peoplesKey)
    const id = customerIn(call.path)
    if (id !== null) await states.note(id)
    if (id !== null && call.endpoint === 'POST /v1/customers/{id}') await noteIdle(peoplesKey, id, call)
    if (fault?.kind === 'stale_read') {
      const old = id === null ? null : states.before(id, staleReadMs)
      const answer = await inner.call(call)
      if (!old || answer.kind !== 'ok') return answer
      history.staleReads++
      if (id !== null) history.staleOf.set(id, (history.staleOf.get(id) ?? 0) + 1)
      return old.body === null ? notThereYet : { ...answer, body: old.body }
    }
    if (fault?.kind === 'server_error') {
      history.serverErrors++
      const action =
        fault.when === 'later'
          ? { kind: 'server_error', when: 'before', roll_forward_ms: rollForwardMs }
          : { kind: 'server_error', when: fault.when }
      sandbox.faults.add({ method: call.method, times: 1, action })
    }
    if ((fault?.kind === 'lost' || fault?.kind === 'busy') && fault.when === 'before') return lost(fault)
    const answer = await inner.call(call)
    sandbox.faults.remove()
    if (id !== null) await states.note(id)
    else if (call.endpoint === 'POST /v1/customers') {
      for (const each of await living(peoplesKey)) await states.note(each.id)
    }
    return fault?.kind === 'lost' || fault?.kind === 'busy' ? lost(fault) : withLag(call, answer)
  }

  /**
   * G5: an update that writes only what stands there already is an echo. Repeats of a call are none, nor is what somebody types
   * while we send it; after a 500 or an old read nobody knows what stands there.
   */
  async function noteIdle(peoplesKey: string, id: string, { form = [], idempotencyKey = '' }: StripeCall) {
    if (sentKeys.has(idempotencyKey) || history.serverErrors > 0 || history.staleReads > 0) return
    sentKeys.add(idempotencyKey)
    const seen = parseStripeCustomer(await request(peoplesKey, 'GET', `/v1/customers/${id}`))
    if (seen.kind !== 'living') return
    const stands = fromStripe(seen.customer)
    const idle = form.every(([name, value]) => (stands.get(leafOf(name)) ?? '') === value)
    const isSent = ({ leaf, value }: LeafValue) =>
      form.some(([name, sent]) => leafOf(name) === leaf && sent === (canonical(leaf, value) ?? ''))
    const typed = history.edits.some((edit) => edit.stripeId === id && isSent(edit))
    if (idle && !typed) history.broken.push(`G5: ${id} was sent what stood there: ${JSON.stringify(form)}`)
  }

  async function living(secretKey: string): Promise<StripeCustomer[]> {
    return (await list(secretKey, '/v1/customers')).flatMap((body) => {
      const seen = parseStripeCustomer(structuredClone(body))
      return seen.kind === 'living' ? [seen.customer] : []
    })
  }

  async function list(secretKey: string, path: string): Promise<unknown[]> {
    const all: unknown[] = []
    for (let after = ''; ; ) {
      const reply = await request(secretKey, 'GET', `${path}?limit=100${after}`)
      const { data, has_more, next_page_url: next } = listOf.parse(reply)
      all.push(...data)
      const last = data.at(-1)
      if (!last || !(has_more || next)) return all
      after = next ? `&${next.split('?')[1]}` : `&starting_after=${last.id}`
    }
  }

  /** G2 as it stands after each call: never two alive that are one customer's. */
  async function countAlive(peoplesKey: string, call: StripeCall): Promise<void> {
    if (call.endpoint !== 'POST /v1/customers') return
    const owners = (await living(peoplesKey)).flatMap(({ metadata }) => metadata['lockstep_id'] ?? [])
    for (const owner of new Set(owners)) {
      if (owners.indexOf(owner) !== owners.lastIndexOf(owner))
        history.broken.push(`G2: ${owner} has two living Stripe customers`)
    }
  }

  return {
    sandbox,
    calls,
    http(secretKey, peoplesKey) {
      const inner = sandboxStripe(sandbox, secretKey)
      return {
        async call(call) {
          const answer = await faulty(inner, peoplesKey, call)
          if (answer.kind === 'refused') history.refusals++
          calls.push({ secretKey, call, at: sandbox.clock.now() })
          await countAlive(peoplesKey, call)
          history.tell(`${call.method} ${call.path}: ${toldOf(answer)}`)
          return answer
        },
      }
    },
    dashboard: beside,
    living,
    list,
    states: statesFor,
    async newEvents(secretKey, payload) {
      const all = await list(secretKey, payload === 'thin' ? '/v2/core/events' : '/v1/events')
      const fresh = all
        .toReversed()
        .map((event) => eventBody.parse(event))
        .filter(({ id }) => !given.has(id))
      for (const { id } of fresh) given.add(id)
      return fresh.map((event) => structuredClone(payload === 'thin' ? notification(event) : event))
    },
    breakNext: (fault) => void faults.push(fault),
    heal() {
      faults = []
      eventListLagMs = 0
    },
    close: () => sandbox.close(),
  }
}

/** `address[city]` → `address.city`. */
function leafOf(param: string): string {
  return param.replace('[', '.').replace(']', '')
}

function customerIn(path: string): string | null {
  return /^\/v1\/customers\/(cus_\w+)/.exec(path)?.[1] ?? null
}

const notThereYet: StripeAnswer = {
  kind: 'refused',
  status: 404,
  code: 'resource_missing',
  param: 'id',
  requestId: null,
}
const customerBody = z.looseObject({ id: z.string() })
const listOf = z.object({
  data: z.array(z.looseObject({ id: z.string() })),
  has_more: z.boolean().default(false),
  next_page_url: z.string().nullish(),
})
const eventList = z.looseObject({ data: z.array(z.looseObject({ created: z.number() })) })
const eventBody = z.looseObject({ id: z.string(), type: z.string() })

function toldOf(answer: StripeAnswer): string {
  if (answer.kind === 'ok') return answer.replayed ? 'ok, replayed' : 'ok'
  if (answer.kind === 'refused' || answer.kind === 'busy') return `${answer.kind} ${answer.status}`
  return answer.kind
}

/** A thin event as it is delivered: who caused it and what it replaced is left out. */
function notification({
  reason: _reason,
  changes: _changes,
  snapshot_event: _twin,
  ...rest
}: StripeEventBody): StripeEventBody {
  return rest
}

function lost(fault: Extract<CallFault, { kind: 'lost' | 'busy' }>): StripeAnswer {
  return fault.kind === 'lost'
    ? { kind: 'silence' }
    : { kind: 'busy', status: fault.status, reason: null, requestId: null }
}

/** Some fault of a call that writes, of every kind. */
export function anyFault(chance: Chance): CallFault {
  const when = chance.pick(['before', 'after'] as const)
  const status = chance.pick([409, 429, 503] as const)
  const faults: [CallFault, ...CallFault[]] = [
    { kind: 'lost', when },
    { kind: 'busy', status, when: 'before' },
    { kind: 'busy', status: 503, when: 'after' },
    { kind: 'server_error', when },
    { kind: 'server_error', when: 'later' },
  ]
  return chance.pick(faults)
}
