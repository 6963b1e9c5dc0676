// Owns the stack's MongoDB and Redis: their start, their revival, the names under which their processes are told.
// Promises: what came up is ended by `ends` also where the other did not come up.

import { randomBytes } from 'node:crypto'
import { type LocalService, startMongo, startRedis } from '@lockstep/local-services'
import { superviseService } from './supervise-service.ts'

/** A process of a service, as the stack names it. */
export type ServiceProcess = 'mongo' | 'mongo_gateway' | 'redis'

export interface Services {
  mongo: LocalService
  redis: LocalService
  /** With the database's name. */
  mongoUrl: string
}

/** Starts both at once. @throws Error that lists what was tried and what to install. */
export async function startServices(options: {
  announce: (line: string) => void
  restarted: (process: ServiceProcess, pid: number | null) => void
  ends: (() => Promise<unknown>)[]
}): Promise<Services> {
  const { announce } = options
  const keep = (service: LocalService, names: { main: ServiceProcess; gateway: ServiceProcess }) => {
    const pids = () =>
      // Where one process is all of it (redis), the later entry must be the one that lives.
      new Map([
        [names.gateway, service.gatewayPid ?? null],
        [names.main, service.mainPid ?? null],
      ])
    let known = pids()
    const watch = superviseService(service, () => {
      const now = pids()
      for (const [process, pid] of now) if (known.get(process) !== pid) options.restarted(process, pid)
      known = now
    })
    options.ends.push(() => watch.stop())
    return service
  }
  const [mongo, redis] = await Promise.allSettled([
    startMongo({ announce }).then((service) => keep(service, { main: 'mongo', gateway: 'mongo_gateway' })),
    startRedis({ announce }).then((service) => keep(service, { main: 'redis', gateway: 'redis' })),
  ])
  if (mongo.status === 'rejected') throw mongo.reason
  if (redis.status === 'rejected') throw redis.reason
  return { mongo: mongo.value, redis: redis.value, mongoUrl: withDatabase(mongo.value) }
}

/**
 * A MongoDB that somebody else runs gets a database of its own for each stack: the sandbox starts empty, and customers
 * of an earlier run would be taken for deleted at Stripe.
 */
function withDatabase({ url, provider }: LocalService): string {
  const parsed = new URL(url)
  parsed.pathname =
    provider === 'MONGO_URL' ? `/lockstep_stack_${randomBytes(4).toString('hex')}` : '/lockstep'
  return parsed.href
}
