// Owns the sandbox's own doors as fault tests use them, wherever it runs: without latency, limits or faults, and on no
// account.

import { z } from 'zod'

const event = z.looseObject({
  id: z.string(),
  type: z.string(),
  request: z.object({ idempotency_key: z.string().nullable() }),
  data: z.object({
    object: z.looseObject({ id: z.string(), metadata: z.record(z.string(), z.string()).optional() }),
    previous_attributes: z.record(z.string(), z.unknown()).optional(),
  }),
})
/** An event as Stripe keeps it. */
export type SeenEvent = z.output<typeof event>

const request = z.object({
  method: z.string(),
  path: z.string(),
  status: z.number(),
  /** Its arrival (ms), and how long its answer took. */
  at: z.number(),
  ms: z.number(),
})
export type SeenRequest = z.output<typeof request>

const seen = z.object({
  calls: z.number(),
  max_per_second: z.number(),
  max_accepted_per_second: z.number(),
  rate_limited: z.number(),
})
const stats = z.object({
  total: seen,
  accounts: z.record(z.string(), seen),
  endpoints: z.record(z.string(), seen),
})
export type SeenStats = z.output<typeof stats>

const fault = z.object({ id: z.string(), applied: z.number() })

/** A rule by which Stripe misbehaves. */
export interface FaultRule {
  /** How often it applied. */
  struck(): Promise<number>
  /** Takes it away; gone already, as after a restart, is as good. */
  end(): Promise<void>
}

export interface Doors {
  /** The newest events, newest first. */
  events(limit: number): Promise<SeenEvent[]>
  /** API requests that have ended, oldest first. */
  requests(): Promise<SeenRequest[]>
  stats(): Promise<SeenStats>
  resetStats(): Promise<void>
  fault(rule: object): Promise<FaultRule>
  set(settings: object): Promise<void>
}

/** The doors of the sandbox at `url`. */
export function openDoors(url: string): Doors {
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${url}/_sandbox/${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const answer: unknown = await response.json()
    if (!response.ok) throw new Error(`the sandbox answered ${response.status}: ${JSON.stringify(answer)}`)
    return answer
  }
  return {
    events: async (limit) =>
      z.object({ events: z.array(event) }).parse(await ask('GET', `events?limit=${limit}`)).events,
    requests: async () =>
      z.object({ requests: z.array(request) }).parse(await ask('GET', 'requests')).requests,
    stats: async () => stats.parse(await ask('GET', 'stats')),
    resetStats: async () => void (await ask('POST', 'stats/reset')),
    async fault(rule) {
      const { id } = fault.parse(await ask('POST', 'faults', rule))
      const own = async () => {
        const { faults } = z.object({ faults: z.array(fault) }).parse(await ask('GET', 'faults'))
        return faults.find((each) => each.id === id)
      }
      return {
        struck: async () => (await own())?.applied ?? 0,
        end: async () => {
          if (await own()) await ask('DELETE', `faults/${id}`)
        },
      }
    },
    set: async (settings) => void (await ask('POST', 'settings', settings)),
  }
}
