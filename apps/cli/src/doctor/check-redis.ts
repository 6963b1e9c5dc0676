// Owns the checks of Redis: there, never evicting, keeping a file.
// Why: an evicted key is a lost job, and a Redis without its file forgets every queue at each restart (nothing is lost
// then, since MongoDB is the truth, but all that waits has to be found by the sweeper).

import { openRedis } from '@lockstep/domain/doorbell/redis'
import { type Check, ill, well } from './check.ts'

/** How long it may take to connect (ms). */
const connectMs = 3_000

/** Three checks; the last two only where it answers. */
export async function checkRedis(url: string): Promise<Check[]> {
  const redis = openRedis(url, 'worker')
  const late = AbortSignal.timeout(connectMs)
  const silent = new Promise<null>((answer) => late.addEventListener('abort', () => answer(null)))
  try {
    const ask = <T>(question: Promise<T>) => Promise.race([question.catch(() => null), silent])
    const info = await ask(redis.info('server'))
    if (info === null) {
      return [ill('redis', 'Redis', 'no answer', 'check REDIS_URL, and that Redis runs and may be reached')]
    }
    const version = /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown version'
    const policy = await ask(redis.info('memory'))
    const persistence = await ask(redis.info('persistence'))
    return [well('redis', 'Redis', version), eviction(policy), file(persistence)]
  } finally {
    redis.disconnect()
  }
}

/** From INFO, since CONFIG is often forbidden where Redis is rented. */
function eviction(info: string | null): Check {
  const policy = /maxmemory_policy:(\S+)/.exec(info ?? '')?.[1] ?? 'unknown'
  const [id, name] = ['redis_eviction', 'Redis never evicts']
  return policy === 'noeviction'
    ? well(id, name, policy)
    : ill(id, name, policy, 'set maxmemory-policy noeviction')
}

function file(info: string | null): Check {
  const on = /aof_enabled:1/.test(info ?? '')
  const [id, name] = ['redis_file', 'Redis keeps a file']
  return on ? well(id, name, 'append-only file') : ill(id, name, 'no append-only file', 'set appendonly yes')
}
