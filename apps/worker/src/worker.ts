// Owns how a worker is put together: ports, gate, queues, sweeper, health; and how it ends.
// Promises: `close` takes no new job, waits for the running ones up to the deadline and leaves nothing open; what was
// cut off is found by another worker's sweeper.

import { type Clock, systemClock, systemRandom } from '@lockstep/domain/clock/clock'
import { openBullDoorbell } from '@lockstep/domain/doorbell/bullmq'
import { openNotices } from '@lockstep/domain/doorbell/notices'
import { openRedis } from '@lockstep/domain/doorbell/redis'
import { openMongoStore } from '@lockstep/domain/store/mongo/open-store'
import { newTenant } from '@lockstep/domain/store/tenant'
import { type Budget, openBudget } from '@lockstep/domain/stripe/budget'
import { redisSlots } from '@lockstep/domain/stripe/redis-slots'
import { openStripe } from '@lockstep/domain/stripe/stripe-client'
import type { StripeHttp } from '@lockstep/domain/stripe/stripe-http'
import { openingKey, type OpeningKey } from '@lockstep/domain/delivery/sealing'
import type { Store } from '@lockstep/domain/store/store'
import type { WorkerConfig } from './config.ts'
import { openSender } from './deliveries/send.ts'
import { secretOpener } from './deliveries/sign.ts'
import { openHealth } from './health.ts'
import type { LogEvent } from './log-events.ts'
import { openSweeper } from './maintain/sweep.ts'
import { openWorkerMetrics, type WorkerMetrics } from './metrics.ts'
import type { Ports } from './ports.ts'
import { openQueues } from './queues.ts'
import { callRecorder, type RecordCall } from './record-calls.ts'
import { openReconciler, type Reconciler } from './reconcile/reconciler.ts'
import { openTenantGate } from './tenant-gate.ts'

/** Jobs get this long to end; a container is killed after 30 s (ms). */
const drainMs = 25_000
/** More connections only wait in each other's way on the database's side; half for each lane. */
const poolSize = 24
/** Failures in a row that waiting cannot cure, until a customer is parked (G11). */
const triesMax = 5
/** How often the maintenance schedule is written again and the log's readers are rung, in turns of the sweeper. */
const scheduleEveryTurns = 12

export interface RunningWorker {
  healthPort: number
  close(): Promise<void>
}

/** Opens everything and starts to work; throws where MongoDB is away. */
export async function startWorker(
  config: WorkerConfig,
  log: (event: LogEvent) => void,
): Promise<RunningWorker> {
  const clock = systemClock
  const metrics = openWorkerMetrics()
  const store = await openMongoStore({ url: config.MONGO_URL, poolSize, appName: 'lockstep-worker' })
  const commands = openRedis(config.REDIS_URL, 'producer')
  const blocking = openRedis(config.REDIS_URL, 'worker')
  const doorbell = openBullDoorbell({ redis: commands, shards: config.QUEUE_SHARDS })
  const notices = openNotices({ redis: commands })
  const client = openStripe({
    secretKey: config.STRIPE_SECRET_KEY,
    ...(config.STRIPE_API_BASE !== undefined && { apiBase: config.STRIPE_API_BASE }),
  })
  const http = observed(client, {
    clock,
    log,
    metrics,
    record: callRecorder({ store, random: systemRandom }),
  })
  const slots = redisSlots(commands)
  const budgets = new Map<string, Budget>()
  const limits = { perEndpoint: config.STRIPE_LIMIT_ENDPOINT, perAccount: config.limitAccount }
  const gate = openTenantGate({
    store,
    clock,
    brake: { share: config.BRAKE_SHARE, least: config.BRAKE_LEAST },
    log,
    stripeFor: (tenantId) =>
      tenantId === config.TENANT_ID
        ? {
            http,
            livemode: config.livemode,
            account: config.STRIPE_ACCOUNT ?? null,
            budgetFor: (account) => {
              // One for each account: the waiting lines inside it are what keeps first come, first served.
              const known = budgets.get(account)
              if (known) return known
              const options = { slots, clock, random: systemRandom, limits, account }
              const budget = openBudget(options)
              budgets.set(account, budget)
              return budget
            },
          }
        : null,
  })
  const settings = { doubtGraceMs: config.DOUBT_GRACE_MS, triesMax }
  const appended: Ports['appended'] = (events) => metrics.appended(events)
  const ports: Ports = {
    store,
    doorbell,
    notices,
    clock,
    random: systemRandom,
    gate,
    settings,
    log,
    appended,
  }
  const { TENANT_ID: id, livemode, STRIPE_LINK_BY_EMAIL: linkByEmail } = config
  await store.insertTenant(newTenant({ id, livemode, linkByEmail, at: clock.now() }))
  const keys = (config.EVENT_SECRETS_KEY ?? []).flatMap((text) => openingKey(text) ?? [])
  await publishSealingKey(store, keys, clock.now())
  const sender = openSender({ allowPrivate: config.EVENT_PRIVATE_ADDRESSES })
  const queues = openQueues({
    ports,
    deliveries: { ...ports, sender, openSecret: keys.length > 0 ? secretOpener(keys) : null },
    redis: blocking,
    shards: config.QUEUE_SHARDS,
    concurrency: {
      apply: config.APPLY_CONCURRENCY,
      sync: config.SYNC_CONCURRENCY,
      deliver: config.DELIVER_CONCURRENCY,
    },
    catchUpEveryMs: config.CATCH_UP_EVERY_MS,
    onJob: (job) => metrics.job(job),
  })
  const stopping = new AbortController()
  const sweeping = sweepUntil(stopping.signal, ports, () => queues.schedule(), config.SWEEP_EVERY_MS)
  const reconciler = openReconciler(ports, {
    everyMs: config.RECONCILE_EVERY_MS,
    stopping: stopping.signal,
  })
  const reconciling = reconcileUntil(stopping.signal, ports, reconciler, config.SWEEP_EVERY_MS)
  const health = await openHealth({
    host: config.WORKER_HOST,
    port: config.WORKER_PORT,
    registry: metrics.registry,
    notReady: () =>
      store.ping().then(
        () => (commands.status === 'ready' ? null : 'redis'),
        () => 'mongodb',
      ),
  })
  return {
    healthPort: health.port,
    async close() {
      stopping.abort()
      await health.close()
      await Promise.race([Promise.all([queues.close(), reconciling]), clock.sleep(drainMs)])
      await sweeping
      await doorbell.close()
      commands.disconnect()
      blocking.disconnect()
      client.close()
      sender.close()
      await store.close()
    },
  }
}

/** The gateways seal to the key that was made known last: that of the newest start. */
async function publishSealingKey(store: Store, [first]: readonly OpeningKey[], at: number): Promise<void> {
  if (first) await store.publishSealingKey({ _id: first.id, public_key: first.publicKey, published_at: at })
}

/** A plain timer, since Redis may forget its schedulers; the first turn is at once. */
async function sweepUntil(
  signal: AbortSignal,
  ports: Ports,
  schedule: () => Promise<void>,
  everyMs: number,
): Promise<void> {
  const sweeper = openSweeper(ports)
  for (let turn = 0; !signal.aborted; turn++) {
    try {
      await sweeper.sweep()
      if (turn % scheduleEveryTurns === 0) {
        await schedule()
        await sweeper.ringReaders()
      }
    } catch (error) {
      const detail = error instanceof Error ? error.name : 'unknown'
      ports.log({ event: 'away', what: 'mongodb', detail })
    }
    await ports.clock.sleep(everyMs, signal)
  }
}

/**
 * A plain timer as well: the lease in the pass's record says whose turn it is, and a job would hold the one place of the queue
 * `maintenance` for as long as a first sync takes.
 */
async function reconcileUntil(
  signal: AbortSignal,
  ports: Ports,
  reconciler: Reconciler,
  everyMs: number,
): Promise<void> {
  while (!signal.aborted) {
    let more = false
    try {
      for (const { _id } of await ports.store.listTenants()) {
        if (!ports.gate.serves(_id)) continue
        const outcome = await reconciler.step(_id)
        more ||= outcome === 'more' || outcome === 'done'
      }
    } catch (error) {
      const detail = error instanceof Error ? error.name : 'unknown'
      ports.log({ event: 'reconciliation_failed', detail })
      more = false
    }
    if (!more) await ports.clock.sleep(everyMs, signal)
  }
}

interface Observer {
  clock: Clock
  log: (event: LogEvent) => void
  metrics: WorkerMetrics
  record: RecordCall
}

/** The client with one log line, one measurement and one record a call: endpoint, answer, Stripe's request id. */
function observed(http: StripeHttp, { clock, log, metrics, record }: Observer): StripeHttp {
  return {
    async call(call) {
      const at = clock.now()
      const answer = await http.call(call)
      const ms = clock.now() - at
      metrics.stripeCall({ endpoint: call.endpoint, answer: answer.kind, ms })
      const told = {
        endpoint: call.endpoint,
        answer: answer.kind,
        status: 'status' in answer ? answer.status : null,
        request_id: 'requestId' in answer ? answer.requestId : null,
        ms,
      }
      log({ event: 'stripe_call', ...told })
      record({ at, ...told })
      return answer
    },
  }
}
