// Owns the order of the demo: what is done, and what is said about it.

import type { StripeLimits } from '@lockstep/domain/stripe/slots'
import type { Stack } from '../stack/start-stack.ts'
import type { Screen } from '../terminal/screen.ts'
import { type Comparison, compareSides } from '../verify/compare-sides.ts'
import { openSides } from '../verify/open-sides.ts'
import { printVerdict } from '../verify/print-comparison.ts'
import { type BothWays, measureBothWays } from './measure/both-ways.ts'
import type { CustomerFile } from '../import/chinook-csv.ts'
import { openCustomersApi } from './customers-api.ts'
import { type FirstSync, firstSync } from './import/first-sync.ts'
import { type Memory, watchMemory } from './measure/memory.ts'
import { fastest, shareUsed } from './measure/numbers.ts'
import { openSandboxDoors, type SandboxStats } from './measure/sandbox-doors.ts'
import { tellBothWays, tellDeath, tellNumbers, tellSync } from './tell.ts'
import { killWorkerInBurst, type WorkerDeath } from './measure/worker-death.ts'

/** Everything that the demo measured. */
export interface DemoResult {
  sync: FirstSync
  bothWays: BothWays
  death: WorkerDeath
  comparison: Comparison
  memory: { idle: Memory; highest: Memory }
  load: StripeLoad
}

/** How much of Stripe's limits was used. */
export interface StripeLoad {
  stats: SandboxStats
  limits: StripeLimits
  /** The fastest so many calls in a row, under backlog; null where there were not so many. */
  busiest: { calls: number; ms: number; percent: number } | null
}

/** Changes of each kind: enough for a median, few enough for a person's patience. */
const changesEach = 20
/** The stretch over which the use of the budget is counted (s): 59 customers, a create and a look each, fill it. */
const stretchSeconds = 3
/** Runs it on a stack that is ready and empty. */
export async function runDemo(stack: Stack, file: CustomerFile, screen: Screen): Promise<DemoResult> {
  const api = openCustomersApi(stack.gateways[0] ?? '', stack.apiKey)
  const doors = openSandboxDoors(stack.sandbox)
  const memory = watchMemory(() => {
    const { gateway, worker } = stack.pids()
    return { gateway: gateway[0] ?? 0, worker: worker[0] ?? 0 }
  })
  const idle = await memory.now()

  screen.section('First sync')
  const sync = await firstSync(api, screen, file.customers)
  tellSync(screen, sync)
  const sides = await openSides({
    mongoUrl: stack.mongoUrl,
    redisUrl: stack.redisUrl,
    tenantId: stack.tenant,
    account: null,
    linkByEmail: true,
    stripe: { secretKey: stack.stripeSecretKey, apiBase: stack.sandbox, livemode: false },
    limits: stack.budget,
  })
  try {
    screen.section('One change, each way')
    const bar = screen.progress('changes', 3 * changesEach)
    const bothWays = await measureBothWays({
      api,
      stripe: sides.http,
      customers: sync.customers,
      count: changesEach,
      progress: bar,
    }).finally(() => bar.end())
    tellBothWays(screen, bothWays)

    screen.section('A worker dies in the middle of a burst')
    const customers = await api.list()
    const workerPid = () => stack.pids().worker[0] ?? 0
    const death = await killWorkerInBurst({ api, screen, customers, workerPid })
    tellDeath(screen, death)

    screen.section('Both sides')
    const comparison = await compareSides(sides)
    printVerdict(screen, comparison)

    const stats = await doors.stats()
    const load = {
      stats,
      limits: stack.budget,
      busiest: busiestStretch(await doors.arrivals(), stack.budget),
    }
    const result = { sync, bothWays, death, comparison, memory: { idle, highest: memory.highest() }, load }
    tellNumbers(screen, result)
    return result
  } finally {
    memory.stop()
    await sides.close()
  }
}

function busiestStretch(arrivals: readonly number[], { perAccount }: StripeLimits): StripeLoad['busiest'] {
  const calls = stretchSeconds * perAccount
  const ms = fastest(arrivals, calls)
  return ms === null ? null : { calls, ms, percent: shareUsed({ calls, ms, perSecond: perAccount }) }
}
