// The worker process: read the configuration, start, and stop when asked.

import { pino } from 'pino'
import { readWorkerConfig, shownConfig } from './config.ts'
import type { LogEvent } from './log-events.ts'
import { startWorker } from './worker.ts'

/** What somebody should be told of at once: see "On duty" in the README. */
const warnings = new Set<LogEvent['event']>([
  'tenant_paused',
  'customer_parked',
  'event_log_nears_end',
  'event_log_gap',
])

async function main(): Promise<void> {
  const config = readWorkerConfig(process.env)
  const logger = pino({ name: 'lockstep-worker', level: config.LOG_LEVEL })
  const log = (event: LogEvent) => {
    if (event.event === 'job_failed' || event.event === 'lane_caught') logger.error(event)
    else if (warnings.has(event.event)) logger.warn(event)
    else if (event.event === 'job_done' || event.event === 'stripe_call') logger.debug(event)
    else logger.info(event)
  }
  log({ event: 'worker_started', config: shownConfig(config) })
  const worker = await startWorker(config, log)
  const stop = (signal: string) => {
    log({ event: 'worker_stopping', signal })
    void worker.close().then(() => {
      log({ event: 'worker_stopped' })
      process.exit(0)
    })
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
