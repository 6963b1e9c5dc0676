// Owns the demo's use of the sandbox's own doors: what arrived there, and how fast.

import { z } from 'zod'

const seen = z.object({ calls: z.number(), max_per_second: z.number(), rate_limited: z.number() })
const stats = z.object({ total: seen, endpoints: z.record(z.string(), seen) })
const requests = z.object({
  requests: z.array(z.object({ method: z.string(), path: z.string(), at: z.number() })),
})

/** What the sandbox counted, in total and by endpoint (`POST /v1/customers/{id}`). */
export type SandboxStats = z.output<typeof stats>

export interface SandboxDoors {
  stats(): Promise<SandboxStats>
  /** When each API call arrived (ms on the sandbox's clock), oldest first. */
  arrivals(): Promise<number[]>
}

/** The doors of the sandbox at `url`. */
export function openSandboxDoors(url: string): SandboxDoors {
  const read = async (path: string) => {
    const response = await fetch(`${url}/_sandbox/${path}`)
    if (!response.ok) throw new Error(`the sandbox answered ${response.status} to ${path}`)
    return response.json()
  }
  return {
    stats: async () => stats.parse(await read('stats')),
    arrivals: async () =>
      requests
        .parse(await read('requests'))
        .requests.map(({ at }) => at)
        .toSorted((a, b) => a - b),
  }
}
