// The gateway's process: read the configuration, open, wire, listen, and close when told to.

import { systemClock as clock, systemRandom as random } from '@lockstep/domain/clock/clock'
import { ConfigError } from '@lockstep/domain/process/configuration'
import { buildApp } from './app.ts'
import { type GatewayConfig, printableConfig, readConfig } from './config.ts'
import { drain, listen, stopSignal } from './http-server.ts'
import { gatewayLog, openLogger } from './log-events.ts'
import { gatewayMetrics } from './metrics.ts'
import { openPorts } from './open-ports.ts'
import { outcomeWaiters } from './operations/wait-outcome.ts'

async function main(config: GatewayConfig): Promise<void> {
  const log = gatewayLog(openLogger(config.logLevel))
  log.started(printableConfig(config))
  const stop = new AbortController()
  const stopped = stopSignal().then((signal) => {
    log.stopping(signal)
    stop.abort()
  })
  const ports = await openPorts(config, log, stop.signal)
  if (!ports) return
  const waiters = outcomeWaiters(clock)
  ports.onNotice((notice) => waiters.hear(notice))
  const app = buildApp({
    ...ports,
    waiters,
    clock,
    random,
    log,
    elapsed: () => performance.now(),
    metrics: gatewayMetrics({
      backlog: () => ports.store.backlog(),
      tenants: () => ports.store.listTenants(),
      reconciliation: (tenantId) => ports.store.readReconciliation(tenantId),
      now: () => clock.now(),
      processMetrics: true,
    }),
    draining: () => stop.signal.aborted,
    webhookSecrets: config.webhookSecrets,
    allowPrivate: config.eventPrivateAddresses,
    defaultTenant: { id: config.tenantId, livemode: config.stripeLivemode },
  })
  const { server, port } = await listen(app, config)
  log.listening({ host: config.host, port })
  await stopped
  const startedAt = performance.now()
  waiters.release()
  await drain(server)
  await ports.close()
  log.stopped((performance.now() - startedAt) / 1000)
}

try {
  await main(readConfig(process.env))
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
