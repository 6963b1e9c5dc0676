// Owns the answers for those who supervise this process: alive, ready, measured.
// Promises: ready needs the database alone; without Redis the process is "degraded but ready", since it still
// accepts and the sweeper catches up.

import type { Clock } from '@lockstep/domain/clock/clock'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { Store } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { answers, answersAs } from './http/answer-shape.ts'
import { publicRoute, type Route, success } from './http/route.ts'
import type { Metrics } from './metrics.ts'

/** Longer than this (ms) a supervisor's probe would not wait either. */
const pingMs = 1_000
/** Seconds until the next probe makes sense. */
const notReadyRetryAfter = 1

export interface HealthDeps {
  store: Pick<Store, 'ping'>
  redisUp: () => boolean
  draining: () => boolean
  metrics: Metrics
  clock: Clock
}

/** `/livez`, `/readyz` and `/metrics`; open, since they tell nothing of anybody. */
export function healthRoutes(deps: HealthDeps): Route[] {
  const route = { method: 'GET', group: 'this process', accepts: {} } as const
  return [
    publicRoute({
      ...route,
      path: '/livez',
      name: 'get_liveness',
      does: 'Says that the process is alive.',
      answers: { 200: answers('It is.', z.strictObject({ alive: z.literal(true) })) },
      handle: async () => ({ status: 200, body: success({ alive: true }) }),
    }),
    publicRoute({
      ...route,
      path: '/readyz',
      name: 'get_readiness',
      does: 'Says whether writes are accepted.',
      answers: { 200: answers('They are; `redis` may be away.', readiness) },
      refuses: ['unavailable', 'shutting_down'],
      async handle() {
        if (deps.draining()) throw new LockstepError('shutting_down', { retryAfter: notReadyRetryAfter })
        if (!(await storeAnswers(deps)))
          throw new LockstepError('unavailable', { retryAfter: notReadyRetryAfter })
        const redis = deps.redisUp() ? 'up' : 'degraded'
        return { status: 200, body: success({ ready: true, mongo: 'up', redis }) }
      },
    }),
    publicRoute({
      ...route,
      path: '/metrics',
      name: 'get_metrics',
      does: 'Tells what this process measures, for Prometheus.',
      answers: { 200: answersAs('text/plain', 'The exposition format of Prometheus.', z.string()) },
      async handle() {
        const { contentType, body } = await deps.metrics.text()
        return { status: 200, headers: { 'Content-Type': contentType }, body }
      },
    }),
  ]
}

const readiness = z.strictObject({
  ready: z.literal(true),
  mongo: z.literal('up'),
  redis: z.enum(['up', 'degraded']),
})

async function storeAnswers({ store, clock }: HealthDeps): Promise<boolean> {
  const late = new AbortController()
  const answered = store.ping().then(
    () => true,
    () => false,
  )
  const timedOut = clock.sleep(pingMs, late.signal).then(() => false)
  const result = await Promise.race([answered, timedOut])
  late.abort()
  return result
}
