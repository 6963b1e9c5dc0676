/**
 * Owns the doors that show what happened, and the one that forgets it all.
 */
import { apiVersion } from '../api-version.ts'
import { deliveries } from '../events/deliveries.ts'
import { events, renderEvent } from '../events/stored-event.ts'
import { watch } from '../live/feed.ts'
import { resetCore } from '../reset.ts'
import type { Door } from './door.ts'

/** Health, request log, statistics, deliveries, reset. */
export const observeDoors: readonly Door[] = [
  {
    method: 'GET',
    path: '/_sandbox/health',
    about: 'Ready to answer; the account and version.',
    run: ({ core }) => ({ ok: true, account: core.settings.account, api_version: apiVersion }),
  },
  {
    method: 'GET',
    path: '/_sandbox/requests',
    about: 'The log of API requests, oldest first. ?limit=N shows the last N.',
    run: ({ core, query }) => {
      const all = core.log.list()
      const limit = Number(query.get('limit') ?? all.length)
      return { requests: Number.isFinite(limit) && limit > 0 ? all.slice(-limit) : all }
    },
  },
  {
    method: 'GET',
    path: '/_sandbox/stats',
    about: 'Per endpoint, per account and in total: calls, highest count in any sliding second, 429s.',
    run: ({ core }) => core.limiter.stats(),
  },
  {
    method: 'POST',
    path: '/_sandbox/stats/reset',
    about: 'Starts the statistics and the rate limits afresh.',
    run: ({ core }) => {
      core.limiter.reset()
      return core.limiter.stats()
    },
  },
  {
    method: 'GET',
    path: '/_sandbox/deliveries',
    about: 'Webhook deliveries of all accounts: state, attempts, last result.',
    run: ({ core }) => ({
      deliveries: core.store.realms().flatMap((realm) => [...realm.table(deliveries).oldestFirst()]),
    }),
  },
  {
    method: 'GET',
    path: '/_sandbox/events',
    about: 'Events of all accounts, newest first, without latency or limits. ?limit=N (100).',
    run: ({ core, query }) => ({
      events: core.store
        .realms()
        .flatMap((realm) => [...realm.table(events).newestFirst()].map((event) => renderEvent(realm, event)))
        .slice(0, Number(query.get('limit') ?? 100) || 100),
    }),
  },
  {
    method: 'GET',
    path: '/_sandbox/stream',
    about:
      'Server-sent events: state, requests, events, attempts and deliveries as they come; ?backlog=N of what was before (0).',
    run: ({ core, query }) => ({ news: watch(core, Number(query.get('backlog') ?? 0) || 0) }),
  },
  {
    method: 'POST',
    path: '/_sandbox/settle',
    about: 'Waits until no webhook delivery is under way; retries that wait for the clock do not count.',
    run: async ({ core }) => {
      await core.settled()
      return {}
    },
  },
  {
    method: 'POST',
    path: '/_sandbox/reset',
    about:
      'Forgets all state, logs, statistics and faults. Settings, the clock, and the webhook endpoints and fixtures of the start stay.',
    run: ({ core }) => {
      resetCore(core)
      return {}
    },
  },
]
