// Owns how the gateway is put together: ports in, an express app out. Opens nothing, listens to nothing, reads no
// environment; everything that reaches outside is injected.

import type { Clock, Random } from '@lockstep/domain/clock/clock'
import type { Doorbell, Notices } from '@lockstep/domain/doorbell/doorbell'
import type { Store } from '@lockstep/domain/store/store'
import type { BudgetUse } from '@lockstep/domain/stripe/redis-slots'
import express, { type Express, type RequestHandler } from 'express'
import helmet from 'helmet'
import { listAuditRoute } from './audit/list-audit.ts'
import { auditedKeys, auditRecorder } from './audit/record-audit.ts'
import { commandRoutes } from './billing/command-routes.ts'
import { mirrorRoutes } from './billing/mirror-routes.ts'
import { usageRoutes } from './billing/usage-routes.ts'
import { listCustomersRoute } from './customers/list-customers.ts'
import { readCustomerRoutes } from './customers/read-customer.ts'
import { canonicalDialect } from './customers/customer-requests.ts'
import { collectionAt, mounted, mounts } from './customers/mounts.ts'
import { moveCustomerRoutes } from './customers/move-customer.ts'
import { salesRoutes, writeCustomerRoutes } from './customers/write-customer.ts'
import { acceptEventRoute } from './events/accept-event.ts'
import { manageEndpointRoutes } from './events/manage-endpoints.ts'
import { readEventRoutes } from './events/read-events.ts'
import { sendAgainRoutes } from './events/send-again.ts'
import { streamEventsRoute } from './events/stream-events.ts'
import { exportRoute } from './export/export-route.ts'
import { healthRoutes } from './health.ts'
import { liveKeys } from './http/authenticate.ts'
import { routeCaller } from './http/call-route.ts'
import type { Route } from './http/route.ts'
import { closeRequest, openRequest, type ServeDeps, serveRoutes } from './http/serve.ts'
import type { Log } from './log-events.ts'
import type { Metrics } from './metrics.ts'
import { mcpRouter } from './mcp/mcp-router.ts'
import { docsRouter } from './openapi/docs-router.ts'
import { specRoute } from './openapi/spec-route.ts'
import { acceptOperation } from './operations/accept-operation.ts'
import { operationWriter } from './operations/write-operation.ts'
import { importCustomersRoute } from './operations/import-customers.ts'
import { batchRoute } from './operations/batch-operations.ts'
import { listOperationsRoute } from './operations/list-operations.ts'
import { parkedOperationRoutes } from './operations/parked-operations.ts'
import { readOperationRoute } from './operations/read-operation.ts'
import type { OutcomeWaiters } from './operations/wait-outcome.ts'
import { opsRouter } from './ops/ops-router.ts'
import { cachedTenants } from './tenants.ts'
import { timelineRoute } from './timeline/timeline-route.ts'
import { userRoutes } from './users/users.ts'
import { stripeWebhookRoutes } from './webhooks/accept-stripe-event.ts'
import { listStripeEventsRoute, replayStripeEventRoute } from './webhooks/list-stripe-events.ts'
import { readStripeEventRoute } from './webhooks/read-stripe-event.ts'

export interface GatewayDeps {
  store: Store
  doorbell: Doorbell
  /** Tells the other processes what this one did. */
  notices: Notices
  /** Whoever subscribes to notices gives them to `hear`. */
  waiters: OutcomeWaiters
  clock: Clock
  random: Random
  /** Milliseconds, monotonic: for durations. */
  elapsed: () => number
  log: Log
  metrics: Metrics
  redisUp: () => boolean
  draining: () => boolean
  readBudget: (accounts: string[]) => Promise<BudgetUse[]>
  queueBoard: RequestHandler | null
  webhookSecrets: readonly string[]
  /** Whether events may be delivered to private addresses, and without TLS. */
  allowPrivate: boolean
  defaultTenant: { id: string; livemode: boolean }
  /** Sees every answer before it is sent. */
  answered?: ServeDeps['answered']
}

/** The app, ready to be listened with. */
export function buildApp(deps: GatewayDeps): Express {
  const { store, clock, random, waiters, log, metrics } = deps
  const keys = auditedKeys(liveKeys({ read: (hash) => store.readApiKey(hash), clock }), { store, clock })
  const audit = auditRecorder({ store, clock, random })
  const readTenant = cachedTenants(store, clock)
  const serve = {
    keys,
    log,
    metrics,
    newId: () => random.uuid(),
    elapsed: deps.elapsed,
    draining: deps.draining,
    ...(deps.answered && { answered: deps.answered }),
  }
  const accept = acceptOperation({ ...deps, doorbellLost: log.doorbellLost })
  const write = operationWriter({ store, accept, audit, waiters, readTenant, clock, random })
  const ofCustomers: Route[] = [
    listCustomersRoute({ store, readTenant }),
    ...readCustomerRoutes({ store, readTenant }),
    ...writeCustomerRoutes({ write, random }, canonicalDialect),
    ...salesRoutes({ write }),
    ...moveCustomerRoutes({ write }),
    ...commandRoutes({ write, clock, random }),
    ...mirrorRoutes({ store }),
    ...usageRoutes({ store, accept, clock }),
    timelineRoute({ store }),
    exportRoute({ store, audit, clock }),
  ]
  const create = ofCustomers.find(({ name }) => name === 'create_customer')
  const ofMounts = mounts.flatMap((mount) => {
    const theirs = writeCustomerRoutes({ write, random }, mount.dialect, (caller) =>
      collectionAt(mount, caller),
    )
    return mounted(mount, { ours: ofCustomers, theirs }, store)
  })
  const call = routeCaller((requestId, error) => log.unexpected(requestId, error.cause ?? error))
  const routes: Route[] = [
    ...healthRoutes(deps),
    ...stripeWebhookRoutes({
      ...deps,
      readTenant,
      secrets: deps.webhookSecrets,
      doorbellLost: log.doorbellLost,
    }),
    ...ofCustomers,
    ...ofMounts,
    ...userRoutes({ store, write, waiters, clock }),
    listOperationsRoute(store),
    readOperationRoute({ store, clock }),
    ...parkedOperationRoutes({ ...deps, audit, accept }),
    listStripeEventsRoute(store),
    readStripeEventRoute(store),
    replayStripeEventRoute({ ...deps, audit }),
    listAuditRoute(store),
    batchRoute({ all: () => routes, call }),
    importCustomersRoute({ create, call, draining: deps.draining }),
    // Before the route of one event: `stream` is no id.
    streamEventsRoute({ store, waiters, clock }),
    ...readEventRoutes(store),
    acceptEventRoute({ ...deps, accept }),
    ...manageEndpointRoutes({ ...deps, audit }),
    ...sendAgainRoutes({ ...deps, audit }),
    specRoute(() => routes),
  ]
  const end = closeRequest(serve)

  const app = express()
  // Weak tags of whole answers would contradict the customer's own version.
  app.set('etag', false)
  // Only the scheme is taken from a proxy, and only from one nearby: `Secure` cookies depend on it.
  app.set('trust proxy', 'loopback, linklocal, uniquelocal')
  app.set('case sensitive routing', true)
  app.use(openRequest(serve))
  app.use(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: contentPolicy },
      // Neighbouring hosts of the same domain are none of our business.
      strictTransportSecurity: { includeSubDomains: false },
    }),
  )
  serveRoutes(app, routes, serve)
  app.use('/mcp', mcpRouter({ keys, routes, call }))
  app.use('/docs', docsRouter())
  app.use('/ops', opsRouter({ ...deps, keys, secrets: deps.webhookSecrets, now: () => clock.now() }))
  app.use(end.unknown)
  app.use(end.error)
  return app
}

/** Pages take their style from here and run no script. */
const contentPolicy = {
  defaultSrc: ["'none'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
}
