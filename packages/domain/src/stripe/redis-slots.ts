// Owns the slots in Redis, shared by all worker processes. By Redis' own clock, in one script each, so that two processes that
// ask at once are asked one after the other. Redis away: nothing is given.

import type { RedisClient } from '../doorbell/redis.ts'
import {
  heldMs,
  priorities,
  rememberedMs,
  type SlotRequest,
  type Slots,
  spentMs,
  windowMs,
  yieldMs,
} from './slots.ts'

const keyOf = (account: string, scope: string) => `lockstep:budget:{${account}}:${scope}`

// KEYS: marker, account, endpoint. ARGV: account limit, endpoint limit, member, held ms, spent ms, endpoint's name, rank,
// yield ms, remembered ms. Answers 0 when the slot is taken, else the milliseconds after which to ask again.
// The marker holds the run of Redis that counted, until when its past counts as spent, and until when somebody of each rank
// is known to wait for the account or for an endpoint.
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
local rank = tonumber(ARGV[7])
local names = { 'account', ARGV[6] }
for higher = 0, rank - 1 do
  for i = 1, 2 do
    local waiting = redis.call('HGET', KEYS[1], 'wait:' .. higher .. ':' .. names[i])
    if waiting and tonumber(waiting) > now then return tonumber(ARGV[8]) end
  end
end
local wait = 0
for i = 2, 3 do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
  if redis.call('ZCARD', KEYS[i]) >= tonumber(ARGV[i - 1]) then
    local first = redis.call('ZRANGE', KEYS[i], 0, 0, 'WITHSCORES')
    local free = tonumber(first[2]) - now
    redis.call('HSET', KEYS[1], 'wait:' .. rank .. ':' .. names[i - 1], now + math.min(free, 1000) + tonumber(ARGV[9]))
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

/** The slots of every account in this Redis. */
export function redisSlots(redis: RedisClient): Slots {
  return {
    async take({ account, endpoint, member, limits, priority }) {
      const keys = [keyOf(account, 'marker'), keyOf(account, 'account'), keyOf(account, endpoint)]
      const numbers = [limits.perAccount, limits.perEndpoint]
      const rank = priorities.indexOf(priority)
      const argv = [...numbers, member, heldMs, spentMs, endpoint, rank, yieldMs, rememberedMs]
      return Number(await redis.eval(takeScript, keys.length, ...keys, ...argv))
    },
    // Redis away at this moment: the slot stays taken until a dead process's would end, which is only too careful.
    async give({ account, endpoint, member }: SlotRequest, used) {
      const keys = [keyOf(account, 'account'), keyOf(account, endpoint)]
      await redis.eval(giveScript, keys.length, ...keys, member, used ? windowMs : 0).catch(() => undefined)
    },
  }
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
export async function readBudget(redis: RedisClient, accounts: readonly string[]): Promise<BudgetUse[]> {
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
