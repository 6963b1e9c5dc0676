// Owns Stripe in the simulation: the sandbox on a clock that only moves when told, its dashboard, and its faults.
// Promises: faults strike our calls alone; a person at the dashboard, and the judge, meet none.

import { parseStripeCustomer, type StripeCustomer } from '@lockstep/domain/stripe/customer-object'
import { type SnapshotEvent, snapshotEventSchema } from '@lockstep/domain/stripe/snapshot-event'
import { openStripe } from '@lockstep/domain/stripe/stripe-client'
import type { StripeHttp } from '@lockstep/domain/stripe/stripe-http'
import { startSandbox } from '@lockstep/stripe-sandbox'
import { z } from 'zod'
import type { Chance } from '../support/chance.ts'

const secretKey = 'sk_test_simulation'
/** Later than this no 500 takes effect (PROTOCOL, section 9: an hour) (ms). */
const rollForwardMs = 600_000

export interface SimulatedStripe {
  http: StripeHttp
  now(): number
  advance(ms: number): Promise<void>
  /** One request by somebody else: the dashboard, another program. */
  dashboard(method: string, path: string, form?: Record<string, string>): Promise<void>
  /** Everything alive there. */
  living(): Promise<StripeCustomer[]>
  /** The events that nobody was given yet, oldest first. */
  newEvents(): Promise<SnapshotEvent[]>
  /** The next call that writes goes wrong; answers how. */
  breakNext(chance: Chance): string
  /** No fault is left. */
  heal(): void
  close(): Promise<void>
}

/** An empty Stripe. */
export async function openSimulatedStripe(seed: number): Promise<SimulatedStripe> {
  const sandbox = await startSandbox({ latency: 0, limits: 'off', frozen: true, seed })
  const client = openStripe({ secretKey, apiBase: sandbox.url })
  const given = new Set<string>()

  async function request(method: string, path: string, form?: Record<string, string>): Promise<unknown> {
    const response = await fetch(`${sandbox.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${secretKey}` },
      ...(form && { body: new URLSearchParams(form) }),
    })
    return response.json()
  }

  return {
    http: { call: (call) => client.call(call) },
    now: () => sandbox.clock.now(),
    advance: (ms) => sandbox.clock.advance(ms),
    async dashboard(method, path, form) {
      const rules = sandbox.faults.list().filter(({ applied }) => applied === 0)
      sandbox.faults.remove()
      await request(method, path, form)
      for (const { action, method: on, path_regex } of rules) {
        sandbox.faults.add({ method: on, path_regex, times: 1, action })
      }
    },
    async living() {
      const page = z
        .object({ data: z.array(z.unknown()) })
        .parse(await request('GET', '/v1/customers?limit=100'))
      return page.data.flatMap((body) => {
        const seen = parseStripeCustomer(body)
        return seen.kind === 'living' ? [seen.customer] : []
      })
    },
    async newEvents() {
      const page = z
        .object({ data: z.array(snapshotEventSchema) })
        .parse(await request('GET', '/v1/events?limit=100'))
      const fresh = page.data.toReversed().filter(({ id }) => !given.has(id))
      for (const { id } of fresh) given.add(id)
      return fresh
    },
    breakNext(chance) {
      const when = chance.pick(['before', 'after'])
      const action = chance.pick([
        { kind: 'server_error', when },
        { kind: 'server_error', when: 'before', roll_forward_ms: rollForwardMs },
        { kind: 'cut', when },
        { kind: 'status', status: 503, when },
        { kind: 'conflict' },
        { kind: 'rate_limit' },
      ])
      sandbox.faults.add({ method: 'POST', path_regex: '^/v1/customers', times: 1, action })
      return JSON.stringify(action)
    },
    heal: () => void sandbox.faults.remove(),
    async close() {
      client.close()
      await sandbox.close()
    },
  }
}
