// Owns the share of Stripe's rate limits that each call takes: slots in Redis, shared by all worker processes.
// Promises (G8): no sliding second at Stripe ever holds more calls than the limit, whatever stalls on the way, because a
// slot comes free only one second after the answer; a Redis that forgot (the marker with its run_id is missing or
// different) counts as a window already spent; without Redis no call is made.

import type { Redis } from 'ioredis'
import type { Clock, Random } from '../clock/clock.ts'

/** Calls in any sliding second. Stripe's published defaults: 25 per endpoint; 100 per live account, 25 per sandbox. */
export interface StripeLimits {
  perEndpoint: number
  perAccount: number
}

export interface BudgetOptions {
  redis: Redis
  clock: Clock
  random: Random
  limits: StripeLimits
  /** `acct_…` and mode: what the limits are counted by. */
  account: string
}

export interface Budget {
  /** Waits for a slot of this endpoint and of the account. Throws when Redis is away: then nothing may be called. */
  take(endpoint: string): Promise<Slot>
}

/** The right to make one call. */
export interface Slot {
  /** The slot was not free at once: what was read before may be old. */
  waited: boolean
  /** After the answer (`used`), or at once where no call was made. */
  release(used: boolean): Promise<void>
}

/** The span over which Stripe counts (ms). */
const windowMs = 1000
/** A slot of a process that died in mid-call: longer than a call may last, so that it is never too short (ms). */
const heldMs = 22_000
/** After amnesia: one window, and one more for calls that were on their way then (ms). */
const spentMs = 2 * windowMs
/** Where every slot is held by a call without an answer yet, nobody can say when one comes free: look again (ms). */
const pollMs = 15

const keyOf = (account: string, scope: string) => `lockstep:budget:{${account}}:${scope}`

// KEYS: marker, account, endpoint. ARGV: account limit, endpoint limit, member, held ms, spent ms, endpoint's name.
// Answers 0 when the slot is taken, else the milliseconds after which the next one is free at the latest.
const takeScript = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local marker = redis.call('HMGET', KEYS[1], 'run', 'until')
if marker[1] ~= run then
  redis.call('HSET', KEYS[1], 'run', run, 'until', now + tonumber(ARGV[5]))
  return tonumber(ARGV[5])
end
local spent = tonumber(marker[2]) - now
if spent > 0 then return spent end
local wait = 0
for i = 2, 3 do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
  if redis.call('ZCARD', KEYS[i]) >= tonumber(ARGV[i - 1]) then
    local first = redis.call('ZRANGE', KEYS[i], 0, 0, 'WITHSCORES')
    local free = tonumber(first[2]) - now
    if free > wait then wait = free end
  end
end
if wait > 0 then return wait end
redis.call('HSET', KEYS[1], 'limit:account', ARGV[1], 'limit:' .. ARGV[6], ARGV[2])
for i = 2, 3 do
  redis.call('ZADD', KEYS[i], now + tonumber(ARGV[4]), ARGV[3])
  redis.call('PEXPIRE', KEYS[i], tonumber(ARGV[4]) * 2)
end
return 0
`

// The slot now ends one second after the answer, even where Redis forgot it meanwhile.
const giveScript = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
for i = 1, 2 do
  redis.call('ZADD', KEYS[i], now + tonumber(ARGV[2]), ARGV[1])
  redis.call('PEXPIRE', KEYS[i], 60000)
end
return 0
`

/** A budget over Redis. One waiting line per endpoint in each process: first come, first served. */
export function openBudget(options: BudgetOptions): Budget {
  const lines = new Map<string, Promise<unknown>>()

  async function take(endpoint: string, member: string): Promise<boolean> {
    for (let tries = 0; ; tries++) {
      const wait = await tryTake(options, endpoint, member)
      if (wait === 0) return tries > 0
      await options.clock.sleep(pause(wait, options.random))
    }
  }

  return {
    async take(endpoint) {
      const member = options.random.uuid()
      const ahead = lines.get(endpoint)
      const turn = (ahead ?? Promise.resolve()).then(() => take(endpoint, member))
      const settled = turn.then(
        () => undefined,
        () => undefined,
      )
      lines.set(endpoint, settled)
      void settled.then(() => lines.get(endpoint) === settled && lines.delete(endpoint))
      const waited = await turn
      return {
        waited: waited || ahead !== undefined,
        release: (used) => give(options, endpoint, member, used),
      }
    },
  }
}

/** A slot whose answer came ends at a known time; one on its way may end long before the time of a dead process's. */
function pause(wait: number, random: Random): number {
  return wait > windowMs ? pollMs + random.next() * 5 : Math.max(1, wait)
}

async function tryTake(options: BudgetOptions, endpoint: string, member: string): Promise<number> {
  const { redis, account, limits } = options
  const keys = [keyOf(account, 'marker'), keyOf(account, 'account'), keyOf(account, endpoint)]
  const argv = [limits.perAccount, limits.perEndpoint, member, heldMs, spentMs, endpoint]
  return Number(await redis.eval(takeScript, keys.length, ...keys, ...argv))
}

/** Redis away at this moment: the slot stays taken until a dead process's would end, which is only too careful. */
async function give(options: BudgetOptions, endpoint: string, member: string, used: boolean): Promise<void> {
  const keys = [keyOf(options.account, 'account'), keyOf(options.account, endpoint)]
  await options.redis
    .eval(giveScript, keys.length, ...keys, member, used ? windowMs : 0)
    .catch(() => undefined)
}

/** One line of the budget as people on duty see it. */
export interface BudgetUse {
  /** `account`, or an endpoint such as `POST /v1/customers`. */
  scope: string
  account: string
  /** Slots taken: calls of the last second and calls on their way. */
  used: number
  /** Calls in any sliding second. */
  limit: number
}

/** What these accounts use now, the account first and then each endpoint. Throws when Redis is away. */
export async function readBudget(redis: Redis, accounts: readonly string[]): Promise<BudgetUse[]> {
  const [seconds, micros] = await redis.time()
  const now = Number(seconds) * 1000 + Number(micros) / 1000
  const uses: BudgetUse[] = []
  for (const account of accounts) {
    const marker = await redis.hgetall(keyOf(account, 'marker'))
    for (const [field, limit] of Object.entries(marker).sort(([a], [b]) => a.localeCompare(b))) {
      if (!field.startsWith('limit:')) continue
      const scope = field.slice('limit:'.length)
      const used = await redis.zcount(keyOf(account, scope), now, '+inf')
      uses.push({ account, scope, used, limit: Number(limit) })
    }
  }
  return uses.sort((a, b) => Number(b.scope === 'account') - Number(a.scope === 'account'))
}
