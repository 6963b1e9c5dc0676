// Owns the stack under fault: everything that Lockstep runs on, each part a process of its own that can be killed, and a
// wire to each that can be cut, half-closed, frozen, delayed or closed.
// Promises: whatever died comes back on the same port with the data that it had; `close` leaves nothing running. What
// asks for the truth (the store, Stripe's doors, a person at the dashboard) never goes through a wire.

import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '@lockstep/domain/store/store'
import { freePort, type LocalService, startTestMongo, startTestRedis } from '@lockstep/local-services'
import { Redis } from 'ioredis'
import { freshTenant, type Member, openMembers, webhookSecret } from '../../support/members.ts'
import { openWire, type Wire } from '../../support/tcp-proxy.ts'
import { type Doors, openDoors } from './doors.ts'

export interface FaultStackOptions {
  gateways?: number
  workers?: number
  /** Without wires nothing but the processes stands between caller and answer: for what is measured. */
  wired?: boolean
  /** The sandbox's command line; its faults and settings are gone with each death, these are not. */
  stripe?: { latency: string; limits: 'off' | 'sandbox' | 'live'; set?: readonly string[] }
  workerEnv?: Record<string, string>
  gatewayEnv?: Record<string, string>
}

/** The wires: whoever calls MongoDB, Redis, Stripe, and each gateway. */
export interface Wires {
  mongo: Wire
  redis: Wire
  stripe: Wire
  gateways: Wire[]
}

export interface FaultStack {
  gateways: Member[]
  workers: Member[]
  stripe: Member
  doors: Doors
  mongo: LocalService
  redis: LocalService
  /** Throws where the stack has none. */
  readonly wires: Wires
  /** Where callers call: by way of the wires, where there are any. */
  callersUrls: string[]
  /** The stack's own database. */
  mongoUrl: string
  store: Store
  apiKey: string
  flushRedis(): Promise<void>
  /** Redis' data as it is now; `putBack` returns to it while Redis is down. */
  copyRedis(): Promise<{ putBack(): Promise<void> }>
  /** Processes that ended without being asked to. */
  deaths(): number
  close(): Promise<void>
}

/** Failed webhooks are sent again within seconds: the next second's work, not the next hour's. */
const webhookRetries = 'webhook_retry_seconds=1,2,4,8'

/** Starts everything and waits until it is ready. */
export async function startFaultStack(options: FaultStackOptions = {}): Promise<FaultStack> {
  const wired = options.wired ?? true
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-faults-'))
  const redisData = join(folder, 'redis')
  const silent = () => undefined
  const [mongo, redis] = await Promise.all([
    startTestMongo({ announce: silent }),
    startTestRedis({ announce: silent, dataDir: redisData }),
  ])
  const tenant = await freshTenant(mongo.url)
  const stripePort = await freePort()
  const gatewayPorts = await ports(options.gateways ?? 2)
  const direct = {
    mongoUrl: tenant.mongoUrl,
    redisUrl: redis.url,
    stripeUrl: `http://127.0.0.1:${stripePort}`,
  }
  const gatewayUrls = gatewayPorts.map((port) => `http://127.0.0.1:${port}`)
  const wires = wired
    ? {
        mongo: await openWire(direct.mongoUrl),
        redis: await openWire(direct.redisUrl),
        stripe: await openWire(direct.stripeUrl),
        gateways: await Promise.all(gatewayUrls.map(openWire)),
      }
    : null
  const places = {
    mongoUrl: wires?.mongo.url ?? direct.mongoUrl,
    redisUrl: wires?.redis.url ?? direct.redisUrl,
    stripeUrl: wires ? origin(wires.stripe.url) : direct.stripeUrl,
  }
  const callersUrls = wires ? wires.gateways.map(({ url }) => origin(url)) : gatewayUrls
  const { latency, limits, set = [] } = options.stripe ?? { latency: '5-30', limits: 'off' }
  const members = await openMembers()
  const webhook = `${callersUrls[0]}/webhooks/stripe`
  const journal = join(folder, 'stripe.journal')
  const flags = { latency, limits, persist: journal, webhook, secret: webhookSecret }
  const stripe = members.sandbox(stripePort, [
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    ...[webhookRetries, ...set].flatMap((setting) => ['--set', setting]),
  ])
  // An outage is a line for each refused request, and outages are what is asked for here.
  const quiet = { LOG_LEVEL: 'fatal' }
  const gateways = gatewayPorts.map((port) =>
    members.gateway(port, places, { ...quiet, ...options.gatewayEnv }),
  )
  const workers = (await ports(options.workers ?? 2)).map((port) =>
    members.worker(port, places, { ...quiet, ...options.workerEnv }),
  )
  const all = [...gateways, ...workers, stripe]
  const close = async () => {
    await Promise.all(all.map((each) => each.kill('SIGKILL')))
    await members.close()
    if (wires)
      await Promise.all(
        [wires.mongo, wires.redis, wires.stripe, ...wires.gateways].map((wire) => wire.close()),
      )
    await tenant.close()
    await Promise.all([mongo.stop(), redis.stop()])
    await rm(folder, { recursive: true, force: true })
  }
  try {
    // A worker's first call is to Stripe.
    await stripe.start()
    await Promise.all([...gateways, ...workers].map((each) => each.start()))
  } catch (error) {
    await close()
    throw error
  }
  return {
    gateways,
    workers,
    stripe,
    doors: openDoors(direct.stripeUrl),
    mongo,
    redis,
    get wires() {
      if (!wires) throw new Error('this stack was started without wires')
      return wires
    },
    callersUrls,
    mongoUrl: tenant.mongoUrl,
    store: tenant.store,
    apiKey: tenant.apiKey,
    async flushRedis() {
      const client = new Redis(redis.url)
      await client.flushall()
      client.disconnect()
    },
    async copyRedis() {
      const copy = await mkdtemp(join(folder, 'copy-'))
      await cp(redisData, copy, { recursive: true })
      return {
        async putBack() {
          for (const name of await readdir(redisData))
            await rm(join(redisData, name), { recursive: true, force: true })
          await cp(copy, redisData, { recursive: true })
        },
      }
    },
    deaths: () => all.reduce((sum, each) => sum + each.deaths(), 0),
    close,
  }
}

function ports(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, () => freePort()))
}

/** A URL's last slash would stand in the middle of what is put behind it. */
function origin(url: string): string {
  return new URL(url).origin
}
