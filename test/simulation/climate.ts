// Owns what a schedule's world is like and how often each thing happens in it, drawn from its seed.
// Swarm testing: every schedule leaves out about half of what may happen, since faults together hide what one alone would show.

import type { StripeLimits } from '@lockstep/domain/stripe/slots'
import type { Policy } from '@lockstep/domain/sync/merge'
import { type Chance, chanceOf } from '../support/chance.ts'

/** What may happen in one step. */
export const happenings = [
  // Processes go on.
  'turn',
  'run',
  'job',
  'sweep',
  'catch_up',
  'reconcile',
  'ask_pass',
  'deliver',
  // People and programs write.
  'call',
  'repeat',
  'reuse',
  'command',
  'purge',
  'edit',
  'edit_back',
  'create_at_stripe',
  'strip',
  'delete_at_stripe',
  // Time passes.
  'wait',
  'half_hour',
  'days',
  // Things go wrong.
  'stripe_fault',
  'stale_read',
  'database_fault',
  'database_away',
  'redis_forgets',
  'redis_away',
  'kill_worker',
  'kill_gateway',
  'stall',
  'webhooks_lost',
  'key_revoked',
  'wrong_key',
  'pause',
  'resume',
] as const
export type Happening = (typeof happenings)[number]

/** The leaves that are written, of each kind one. */
const allLeaves = [
  'name',
  'description',
  'metadata.a',
  'metadata.b',
  'address.city',
  'address.line1',
  'email',
] as const

/** How often each happens, as shares of their sum. */
export type Weights = Record<Happening, number>

export interface Climate {
  seed: number
  steps: number
  weights: Weights
  tenants: readonly string[]
  payload: 'snapshot' | 'thin'
  policy: Policy
  /** The other policy for one field. */
  mixed: boolean
  limits: StripeLimits
  /** Clocks of processes are off by up to this, either way (ms). With the lag below it stays under catch-up's overlap. */
  skewMs: number
  /** The event list shows what is older than this (ms). */
  eventListLagMs: number
  /** The leaves that callers and people write: where they are few, writes meet. */
  leaves: readonly [string, ...string[]]
  /** Whether Stripe lets a payment method that was detached be attached again. */
  detachedMethods: 'spent' | 'attachable'
  /** Customers that callers create, per tenant. */
  customersMax: number
  /** The share of writes that take a value of a few, so that values come back. */
  oldValues: number
  /** The share of replacements that stand and are told stale, as of two that shared a command it may be (writes.ts). */
  falselyStale: number
}

/** As often as in a world in which everything may happen. */
const usual: Weights = {
  turn: 120,
  run: 6,
  job: 16,
  sweep: 2,
  catch_up: 1,
  reconcile: 0.8,
  ask_pass: 0.1,
  deliver: 9,
  call: 7,
  repeat: 3,
  reuse: 0.4,
  command: 1.2,
  purge: 0.15,
  edit: 4,
  edit_back: 0.6,
  create_at_stripe: 0.6,
  strip: 0.6,
  delete_at_stripe: 0.5,
  wait: 5,
  half_hour: 0.5,
  days: 0.25,
  stripe_fault: 2.5,
  stale_read: 2,
  database_fault: 1.2,
  database_away: 0.2,
  redis_forgets: 0.5,
  redis_away: 0.2,
  kill_worker: 1,
  kill_gateway: 0.5,
  stall: 2,
  webhooks_lost: 0.4,
  key_revoked: 0.15,
  wrong_key: 0.2,
  pause: 0.15,
  resume: 0.3,
}

/** Without these nothing moves. */
const always: ReadonlySet<Happening> = new Set(['turn', 'job', 'deliver', 'call', 'repeat', 'wait', 'resume'])

/** The climate of this seed. */
export function climateOf(seed: number): Climate {
  const chance = chanceOf(Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995)
  const weights = { ...usual }
  for (const name of happenings) {
    if (!always.has(name) && chance.in(0.45)) weights[name] = 0
    else if (name !== 'turn') weights[name] *= 0.4 + chance.next() * 1.6
  }
  return {
    seed,
    steps: chance.pick([150, 300, 600, 1000]) + chance.below(150),
    weights,
    tenants: chance.in(0.2) ? ['default', 'other'] : ['default'],
    payload: chance.pick(['snapshot', 'thin']),
    policy: chance.pick(['ours', 'stripe']),
    mixed: chance.in(0.2),
    limits: limitsOf(chance),
    skewMs: chance.pick([0, 2_000, 2_000, 60_000]),
    eventListLagMs: chance.pick([0, 0, 5_000, 120_000]),
    customersMax: 1 + chance.below(4),
    oldValues: chance.pick([0, 0, 0.3, 0.8]),
    detachedMethods: chance.pick(['spent', 'spent', 'attachable']),
    leaves: chance.in(0.4) ? [chance.pick(allLeaves)] : allLeaves,
    falselyStale: chance.pick([0, 0, 0.02, 0.1]),
  }
}

function limitsOf(chance: Chance): StripeLimits {
  return chance.pick([
    { perEndpoint: 25, perAccount: 25 },
    { perEndpoint: 25, perAccount: 100 },
    { perEndpoint: 2, perAccount: 3 },
  ])
}

/** One happening, by the weights. */
export function drawHappening(weights: Weights, chance: Chance): Happening {
  const sum = happenings.reduce((total, name) => total + weights[name], 0)
  let left = chance.next() * sum
  for (const name of happenings) {
    left -= weights[name]
    if (left < 0) return name
  }
  return 'turn'
}
