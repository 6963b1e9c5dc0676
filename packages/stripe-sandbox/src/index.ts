/**
 * Owns the door of the package: starting a sandbox in this process.
 * Promises: when `startSandbox` resolves, the official client works against it; `close` leaves no socket, timer or file open.
 */
import type { Server } from 'node:http'
import type { PresetWebhook } from './core-options.ts'
import type { Core } from './core.ts'
import { readKey } from './doors/accounts.ts'
import type { FaultView } from './faults/faults.ts'
import type { FixtureSet, Seeded } from './fixtures/fixture.ts'
import { readFixtures } from './fixtures/fixture-set.ts'
import { seed } from './fixtures/seed.ts'
import { handleRequest } from './http/handle-request.ts'
import type { LoggedRequest } from './http/request-log.ts'
import { listen, splitTarget } from './http/server.ts'
import type { JsonObject } from './json.ts'
import type { Stats } from './limits/limiter.ts'
import { openCore } from './open-core.ts'
import { resetCore } from './reset.ts'
import { changeSettings, defaultSettings, type SandboxSettings } from './settings.ts'

export type { PresetWebhook } from './core-options.ts'
export type { FaultView } from './faults/faults.ts'
export type { FixtureSet, Seeded } from './fixtures/fixture.ts'
export type { LoggedRequest } from './http/request-log.ts'
export type { Stats } from './limits/limiter.ts'
export type { SandboxSettings } from './settings.ts'

/** Settings and the rest of what a sandbox is started with. */
export type SandboxOptions = {
  /** As in the settings door: `0`, `60-120` or a pair. */
  readonly latency?: SandboxSettings['latency'] | number | string
} & Partial<Omit<SandboxSettings, 'latency'>> & {
    /** 0 or absent: a free one. */
    readonly port?: number
    /** 127.0.0.1 by default; 0.0.0.0 in a container. */
    readonly host?: string
    /** A file that keeps all state over restarts, `kill -9` included. */
    readonly persist?: string
    /** Webhook endpoints of the default account in test mode, there from the start and after each reset. */
    readonly webhooks?: readonly PresetWebhook[]
    /**
     * What is there from the start and after each reset, and made no events: `examples`, the path of a JSON or CSV file, or objects by kind.
     * In a file that `persist` names they are made once.
     */
    readonly fixtures?: 'examples' | (string & {}) | FixtureSet
    /** Makes ids, latency and fault rolls repeatable. */
    readonly seed?: number
    /** The clock only moves when it is advanced. */
    readonly frozen?: boolean
    /** Where the clock begins (milliseconds since 1970), instead of now: with `seed` and `frozen` a run is repeatable to the second. */
    readonly startAt?: number
  }

/** A request to `Sandbox.call`. Header names in lower case; `path` may carry a query. */
export type SandboxRequest = {
  readonly method: string
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  readonly body?: string
}

/** What it answers. */
export type SandboxReply = {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: JsonObject
}

/** A running sandbox, with short cuts for tests in the same process. */
export type Sandbox = {
  readonly url: string
  readonly host: string
  readonly port: number
  /** The account of every key that is not bound to another. */
  readonly account: string
  readonly clock: { now(): number; advance(ms: number): Promise<void> }
  readonly settings: SandboxSettings
  /** Changes settings, all or none; throws an Error that names what is wrong. */
  set(changes: SandboxOptions): void
  readonly faults: { add(rule: unknown): FaultView; list(): FaultView[]; remove(id?: string): number }
  /** Makes objects, all or none, with their events unless `silent`. Throws an Error that says what was refused. */
  seed(fixtures: 'examples' | (string & {}) | FixtureSet, options?: { readonly silent?: boolean }): Seeded
  /** As `POST` and `DELETE /_sandbox/accounts`: binds a key to an account, revokes or restricts it, or makes it ordinary again. */
  readonly keys: { bind(about: { readonly [name: string]: unknown }): void; unbind(key: string): void }
  /**
   * One API request without a socket: what HTTP would answer, or null where the connection would be cut. With no latency it
   * is answered within the same turn of the event loop, so that a simulation on one thread stays repeatable.
   */
  call(request: SandboxRequest): Promise<SandboxReply | null>
  /** Forgets all state, logs, statistics and faults; settings, the clock and what it was started with stay. */
  reset(): void
  requests(): LoggedRequest[]
  stats(): Stats
  /** Resolves when no webhook delivery is under way. */
  settled(): Promise<void>
  close(): Promise<void>
}

/** Starts a sandbox. Rejects under NODE_ENV=production, on a bad setting, and if the port is taken. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  if (process.env['NODE_ENV'] === 'production') {
    throw new Error(
      'the Stripe sandbox refuses to start under NODE_ENV=production: it accepts every key and charges nobody',
    )
  }
  const {
    port = 0,
    host = '127.0.0.1',
    persist,
    webhooks,
    seed: chance,
    frozen,
    startAt,
    fixtures,
    ...changes
  } = options
  const settings = defaultSettings()
  changeSettings(settings, changes)
  const core = openCore(settings, {
    persist,
    webhooks,
    seed: chance,
    frozen,
    startAt,
    fixtures: fixtures === undefined ? undefined : setOf(fixtures),
  })
  const server = await listen(core, port, host).catch((error: unknown) => {
    closeCore(core)
    core.store.close()
    throw error
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('bug: the server has no port')
  const named = host === '0.0.0.0' ? '127.0.0.1' : host
  core.listensAt(`http://${named}:${address.port}`)
  const close = () => closeAll(core, server)
  try {
    core.prepare()
  } catch (error) {
    await close()
    throw error
  }
  return {
    url: core.baseUrl(),
    host: named,
    port: address.port,
    account: settings.account,
    clock: {
      now: () => core.clock.now(),
      async advance(ms) {
        await core.clock.advance(ms)
        core.keepClock()
      },
    },
    settings,
    set: (more) => changeSettings(settings, more),
    faults: core.faults,
    keys: {
      bind: (about) => core.keys.bind(readKey(core, about)),
      unbind: (key) => core.keys.unbind(key),
    },
    call: ({ method, path: target, headers, body = '' }) =>
      new Promise((resolve) => {
        const { path, query } = splitTarget(target)
        handleRequest(core, { method, path, query, body, headers }, (reply) =>
          resolve(reply.cut ? null : reply),
        )
      }),
    reset: () => resetCore(core),
    requests: () => core.log.list(),
    stats: () => core.limiter.stats(),
    settled: () => core.settled(),
    seed: (more, { silent = false } = {}) => seed(core, setOf(more), { silent }),
    close,
  }
}

function setOf(fixtures: string | FixtureSet): FixtureSet {
  return typeof fixtures === 'string' ? readFixtures(fixtures) : fixtures
}

async function closeAll(core: Core, server: Server): Promise<void> {
  closeCore(core)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  core.store.close()
}

/** Stops what runs by itself; the journal stays open for requests that are still being answered. */
function closeCore(core: Core): void {
  core.clock.close()
  core.stopWaiting()
  core.agents.close()
}
