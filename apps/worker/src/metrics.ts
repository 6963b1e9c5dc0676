// Owns the worker's figures for Prometheus: base units, totals, labels of closed lists only.

import type { StripeAnswer } from '@lockstep/domain/stripe/stripe-http'
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** Seconds: from a lane that touches MongoDB alone to one that waits for Stripe's budget. */
const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15]

export interface WorkerMetrics {
  registry: Registry
  job(job: { queue: string; outcome: string; ms: number }): void
  stripeCall(call: { endpoint: string; answer: StripeAnswer['kind']; ms: number }): void
  /** What happened to customers, as this process appended it to the event log. */
  appended(events: readonly { type: string }[]): void
}

export function openWorkerMetrics(): WorkerMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const jobs = new Histogram({
    name: 'lockstep_job_duration_seconds',
    help: 'Jobs by queue and outcome',
    labelNames: ['queue', 'outcome'],
    buckets,
    registers,
  })
  const calls = new Histogram({
    name: 'lockstep_stripe_call_duration_seconds',
    help: 'Calls to Stripe by endpoint and kind of answer',
    labelNames: ['endpoint', 'answer'],
    buckets,
    registers,
  })
  const events = new Counter({
    name: 'lockstep_events_total',
    help: 'Events that this worker appended to the event log, by type',
    labelNames: ['type'],
    registers,
  })
  return {
    registry,
    job: ({ queue, outcome, ms }) => jobs.observe({ queue, outcome }, ms / 1000),
    stripeCall: ({ endpoint, answer, ms }) => calls.observe({ endpoint, answer }, ms / 1000),
    appended(batch) {
      for (const { type } of batch) events.inc({ type })
    },
  }
}
