/**
 * Owns the assembly of a sandbox's innards.
 * Promises: nothing listens yet; what the journal holds is in place, and what was owed before a restart is scheduled again.
 */
import type { CoreOptions } from './core-options.ts'
import type { Core, Staging } from './core.ts'
import { resumeDeliveries } from './events/deliveries.ts'
import { createAgents } from './events/post.ts'
import { createFaults } from './faults/faults.ts'
import { seed } from './fixtures/seed.ts'
import { createRequestLog } from './http/request-log.ts'
import { createRouter } from './http/router.ts'
import { createLimiter } from './limits/limiter.ts'
import { openSpec } from './params/from-spec.ts'
import { createRandom } from './random.ts'
import { createRecent } from './recent.ts'
import { allRoutes } from './resources/all.ts'
import { resumeTestClocks } from './resources/billing/clock/test-clocks.ts'
import { resumeBilling } from './resources/billing/subscription-cycle.ts'
import { resumeVerifications } from './resources/customer/tax-ids.ts'
import { eventDestinations } from './resources/event-destination-object.ts'
import { presetDestination } from './resources/event-destinations.ts'
import { webhookEndpoints } from './resources/webhook-endpoint-object.ts'
import { presetEndpoint } from './resources/webhook-endpoints.ts'
import type { SandboxSettings } from './settings.ts'
import { createClock } from './state/clock.ts'
import { openJournal } from './state/journal.ts'
import { createKeys } from './state/keys.ts'
import { openStore, ownRealm } from './state/store.ts'
import type { TableKey } from './state/table.ts'
import { createWaiting } from './waiting.ts'

const clockOffset: TableKey<{ readonly id: string; readonly ms: number }> = { name: 'clock' }

/** Which start this was: each draws from a seed of its own, so that none gives away the ids of an earlier one again. */
const starts: TableKey<{ readonly id: string; readonly number: number }> = { name: 'starts' }

/** Says that the fixtures of the start were made, so that a restart does not make them again. */
const seedings: TableKey<{ readonly id: string }> = { name: 'seedings' }

/** Assembles a sandbox. */
export function openCore(settings: SandboxSettings, options: CoreOptions): Core {
  const store = openStore(options.persist === undefined ? undefined : openJournal(options.persist))
  const own = () => store.realm(ownRealm, false)
  const clock = createClock({
    frozen: options.frozen ?? false,
    startAt: options.startAt,
    startOffset: own().table(clockOffset).get('offset')?.ms ?? 0,
  })
  const start = own().table(starts).get('last')?.number ?? 0
  const random = createRandom(options.seed === undefined ? undefined : options.seed + start)
  const routes = allRoutes(openSpec())
  const staging: Staging = { silent: false, ids: new Map() }
  let baseUrl = ''
  const core: Core = {
    settings,
    clock,
    random,
    store,
    keys: createKeys(store, settings),
    limiter: createLimiter(settings),
    faults: createFaults(
      routes.map(({ path }) => path),
      options.seed,
    ),
    router: createRouter(routes),
    log: createRequestLog(settings),
    attempts: createRecent(() => settings.request_log_size),
    inFlight: new Map(),
    locks: new Set(),
    agents: createAgents(),
    finishedDeliveries: [],
    baseUrl: () => baseUrl,
    listensAt: (url) => {
      baseUrl = url
    },
    staging,
    newId(prefix, length) {
      const asked = staging.ids.get(prefix)
      if (asked === undefined) return random.token(length, prefix)
      staging.ids.delete(prefix)
      return asked
    },
    ...createWaiting(),
    keepClock: () => own().table(clockOffset).put({ id: 'offset', ms: clock.offset() }),
    prepare() {
      const realm = store.realm(settings.account, false)
      for (const preset of options.webhooks ?? []) {
        const thin = preset.payload === 'thin'
        const receivers = thin
          ? [...realm.table(eventDestinations).oldestFirst()]
          : [...realm.table(webhookEndpoints).oldestFirst()]
        if (receivers.some(({ url }) => url === preset.url)) continue
        if (thin) presetDestination(core, realm, preset)
        else presetEndpoint(core, realm, preset)
      }
      if (clock.offset() > 0) core.keepClock()
      if (options.seed !== undefined)
        own()
          .table(starts)
          .put({ id: 'last', number: start + 1 })
      // Invoices among them say where their page is.
      const { fixtures } = options
      if (fixtures === undefined || baseUrl === '' || own().table(seedings).get('start')) return
      store.unit(() => {
        seed(core, fixtures, { silent: true })
        own().table(seedings).put({ id: 'start' })
      })
    },
  }
  try {
    core.prepare()
    resume(core)
    return core
  } catch (error) {
    store.close()
    throw error
  }
}

/** Takes up what was owed when the sandbox was last stopped. */
function resume(core: Core): void {
  resumeDeliveries(core)
  resumeVerifications(core)
  resumeBilling(core)
  resumeTestClocks(core)
}
