// Owns what `pnpm demo --json` prints: everything that was measured, times in ms, memory in MB.

import { comparisonObject } from '../verify/print-comparison.ts'
import { spreadOf } from './measure/numbers.ts'
import type { DemoResult } from './run-demo.ts'

/** One JSON object. */
export function resultObject({ sync, bothWays, death, comparison, memory, load }: DemoResult) {
  const spread = (durations: number[]) =>
    durations.length === 0 ? null : spreadOf(durations.map((ms) => Math.round(ms)))
  return {
    agreed: comparison.agreed,
    sync: {
      customers: sync.customers.length,
      refused: sync.refused.length,
      acknowledged_ms: Math.round(sync.acknowledgedMs),
      synced_ms: Math.round(sync.syncedMs),
    },
    latency: {
      acknowledged_to_stripe: spread(bothWays.toStripe),
      webhook_to_api: spread(bothWays.fromStripeKnown),
      webhook_to_api_first_seen: spread(bothWays.fromStripeNew),
    },
    worker_killed: {
      next_ms: Math.round(death.nextMs),
      all_ms: Math.round(death.allMs),
      customers: death.changes,
    },
    memory_mb: { idle: memory.idle, highest: memory.highest },
    stripe: {
      limits: { endpoint: load.limits.perEndpoint, account: load.limits.perAccount },
      calls: load.stats.total.calls,
      highest_in_a_second: load.stats.total.max_per_second,
      refused: load.stats.total.rate_limited,
      busiest: load.busiest,
    },
    comparison: comparisonObject(comparison),
  }
}
