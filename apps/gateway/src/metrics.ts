// Owns what the gateway measures, in base units, for Prometheus.
// Promises: labels come from closed lists (route templates, methods, statuses, kinds, codes) and the operator's tenants,
// never from callers; a scrape never fails because the database is away: then `lockstep_store_up` is 0 and what stands
// in the database is left out.

import { findingKinds, type Reconciliation } from '@lockstep/domain/reconciliation/pass'
import type { Backlog } from '@lockstep/domain/store/store'
import type { Tenant } from '@lockstep/domain/store/tenant'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export interface Metrics {
  request: (event: { method: string; route: string; status: number; seconds: number }) => void
  operationAcknowledged: (kind: string) => void
  stripeEventAcknowledged: (result: 'stored' | 'duplicate') => void
  committed: (event: { what: string; items: number; seconds: number }) => void
  rang: (ok: boolean) => void
  waiting: (delta: 1 | -1) => void
  /** The exposition text and its content type. */
  text: () => Promise<{ contentType: string; body: string }>
}

export interface MetricsOptions {
  backlog: () => Promise<Backlog>
  tenants: () => Promise<Tenant[]>
  reconciliation: (tenantId: string) => Promise<Reconciliation | null>
  /** Milliseconds since the epoch. */
  now: () => number
  /** Process and runtime metrics as well; they install observers, so once per process. */
  processMetrics: boolean
}

/** One registry with everything in it. */
export function gatewayMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry()
  const registers = [registry]
  if (options.processMetrics) collectDefaultMetrics({ register: registry })

  const requests = new Histogram({
    name: 'lockstep_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer, by route template.',
    labelNames: ['method', 'route', 'status'],
    // From a memory answer to the longest `Prefer: wait` (30 s).
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  })
  const operations = new Counter({
    name: 'lockstep_operations_acknowledged_total',
    help: 'Operations made durable, by kind.',
    labelNames: ['kind'],
    registers,
  })
  const stripeEvents = new Counter({
    name: 'lockstep_stripe_events_acknowledged_total',
    help: 'Webhook deliveries answered 200: stored, or known already.',
    labelNames: ['result'],
    registers,
  })
  const batch = new Histogram({
    name: 'lockstep_group_commit_batch_size',
    help: 'Acknowledgements that shared one insert.',
    labelNames: ['what'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256], // 256 is the largest flush.
    registers,
  })
  const commit = new Histogram({
    name: 'lockstep_group_commit_duration_seconds',
    help: 'Time of one flush, until durable.',
    labelNames: ['what'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  })
  const rings = new Counter({
    name: 'lockstep_doorbell_rings_total',
    help: 'Doorbells rung by the gateway; the sweeper repeats those that were lost.',
    labelNames: ['result'],
    registers,
  })
  const waiters = new Gauge({
    name: 'lockstep_waiting_requests',
    help: 'Requests that wait for the outcome of their operation.',
    registers,
  })
  const collectStored = storedGauges(options, registers)

  return {
    request: ({ seconds, status, ...labels }) =>
      requests.observe({ ...labels, status: String(status) }, seconds),
    operationAcknowledged: (kind) => operations.inc({ kind }),
    stripeEventAcknowledged: (result) => stripeEvents.inc({ result }),
    committed: ({ what, items, seconds }) => {
      batch.observe({ what }, items)
      commit.observe({ what }, seconds)
    },
    rang: (ok) => rings.inc({ result: ok ? 'rung' : 'lost' }),
    waiting: (delta) => waiters.inc(delta),
    async text() {
      await collectStored()
      return { contentType: registry.contentType, body: await registry.metrics() }
    },
  }
}

function storedGauges(options: MetricsOptions, registers: Registry[]): () => Promise<void> {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `lockstep_${name}`, help, labelNames, registers })
  const storeUp = gauge('store_up', '1 while the database answers.')
  const operations = gauge('operations_waiting', 'Operations accepted and not applied yet.')
  const operationAge = gauge(
    'operations_oldest_waiting_age_seconds',
    'Age of the oldest of them; 0 without any.',
  )
  const customers = gauge('customers_unsynced', 'Customers with work due towards Stripe.')
  const customerAge = gauge(
    'customers_oldest_unsynced_age_seconds',
    'Age of the oldest of them; 0 without any.',
  )
  const events = gauge('stripe_events_waiting', 'Stripe events taken in and not handled yet.')
  const parked = gauge('customers_parked', 'Customers that wait for an operator, by error code.', ['code'])
  const paused = gauge('tenant_paused', '1 while this direction of the tenant stands still.', [
    'tenant',
    'direction',
  ])
  const checkpointAge = gauge(
    'stripe_events_checkpoint_age_seconds',
    'Since when the list of Stripe events was last read to its end; Stripe keeps 30 days.',
    ['tenant'],
  )
  const differences = gauge(
    'reconciliation_differences',
    'What the last reconciliation found, or the running one so far, by kind.',
    ['tenant', 'kind'],
  )
  const compared = gauge(
    'reconciliation_age_seconds',
    'Since when the last reconciliation ended; of a running one, since it was asked for.',
    ['tenant'],
  )
  const plain = [operations, operationAge, customers, customerAge, events]

  return async () => {
    parked.reset()
    paused.reset()
    checkpointAge.reset()
    differences.reset()
    compared.reset()
    try {
      const [backlog, tenants] = await Promise.all([options.backlog(), options.tenants()])
      const age = (at: number | null) => (at === null ? 0 : Math.max(0, options.now() - at) / 1000)
      storeUp.set(1)
      operations.set(backlog.waitingOperations)
      operationAge.set(age(backlog.oldestWaitingOperationAt))
      customers.set(backlog.unsyncedCustomers)
      customerAge.set(age(backlog.oldestUnsyncedAt))
      events.set(backlog.waitingStripeEvents)
      for (const { code, count } of backlog.parked) parked.set({ code }, count)
      for (const { _id: tenant, paused_inbound, paused_outbound, caught_up_to, created_at } of tenants) {
        checkpointAge.set({ tenant }, age(caught_up_to === null ? created_at : caught_up_to * 1000))
        paused.set({ tenant, direction: 'inbound' }, paused_inbound ? 1 : 0)
        paused.set({ tenant, direction: 'outbound' }, paused_outbound ? 1 : 0)
        const pass = (await options.reconciliation(tenant))?.pass
        if (!pass) continue
        compared.set({ tenant }, age(pass.ended_at ?? pass.asked_at))
        for (const kind of findingKinds) differences.set({ tenant, kind }, pass.counts[kind])
      }
    } catch {
      // Whatever the reason, the scrape goes on without these numbers and says so by this one.
      storeUp.set(0)
      for (const each of plain) each.remove()
    }
  }
}
