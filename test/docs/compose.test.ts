// docker-compose.yml, read as an engine would read it: what runs, in which order, how it is probed, what is reachable,
// and whether the processes take the variables that they are given.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gatewayEnvironment, readConfig } from '@lockstep/gateway/config'
import { readWorkerConfig, workerSchema } from '@lockstep/worker/config'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { readDockerfile, repository } from './dockerfile.ts'

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const service = z.object({
  image: z.string(),
  build: z.object({ context: z.string(), target: z.string() }).optional(),
  command: z.array(text).optional(),
  profiles: z.array(z.string()).default([]),
  environment: z.record(z.string(), text.nullable()).default({}),
  ports: z.array(z.string()).default([]),
  networks: z.array(z.string()),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: z.array(z.string()).min(2) }).optional(),
  restart: z.string(),
  stop_grace_period: z.string(),
  init: z.boolean().default(false),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
})
const file = readFileSync(join(repository, 'docker-compose.yml'), 'utf8')
const { services, networks, volumes } = z
  .object({
    services: z.record(z.string(), service),
    networks: z.record(z.string(), z.object({ internal: z.boolean().optional() }).nullable()),
    volumes: z.record(z.string(), z.unknown()),
  })
  .parse(parse(file, { merge: true }))

/** The variables of a service with this `.env`. Throws on a variable that must be set and is not. */
function environmentOf(name: string, env: Record<string, string>): Record<string, string> {
  const given = Object.entries(services[name]?.environment ?? {})
  return Object.fromEntries(
    given.flatMap(([variable, value]) => {
      // No value: passed on if set.
      const found = value === null ? env[variable] : interpolated(value, env)
      return found === undefined ? [] : [[variable, found]]
    }),
  )
}

function interpolated(value: string, env: Record<string, string>): string {
  return value.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, rest = '') => {
    if (env[name]) return env[name]
    if (kind === '-') return rest
    throw new Error(`${name}: ${rest}`)
  })
}

const secrets = { STRIPE_SECRET_KEY: 'sk_test_0123456789', STRIPE_WEBHOOK_SECRETS: 'whsec_0123456789' }
const trying = { ...secrets, STRIPE_API_BASE: 'http://sandbox:12111', NODE_ENV: 'development' }

test('it runs MongoDB, Redis, gateway and worker; the sandbox and the command line only when asked for', () => {
  const always = Object.entries(services).filter(([, { profiles }]) => profiles.length === 0)
  expect(always.map(([name]) => name)).toEqual(['mongo', 'redis', 'gateway', 'worker'])
  expect(services['sandbox']?.profiles).toEqual(['sandbox'])
  expect(services['cli']?.profiles).toEqual(['cli'])
  expect(services['mongo']?.image).toMatch(/^mongo:8/)
  expect(services['redis']?.image).toMatch(/^redis:7/)
})

test('each process of ours is a target of the Dockerfile, and what it runs is there', () => {
  const stages = readDockerfile(readFileSync(join(repository, 'Dockerfile'), 'utf8'))
  for (const name of ['gateway', 'worker', 'sandbox', 'cli']) {
    expect(services[name]?.build).toEqual({ context: '.', target: name })
    const stage = stages.find((each) => each.name === name)
    const started = stage?.instructions.map(({ args }) => /[\w/-]+\/main\.ts/.exec(args)?.[0]).find(Boolean)
    expect(existsSync(join(repository, started ?? 'nothing'))).toBe(true)
  }
})

test('whatever stays has a health check, a restart and time to end; what needs another waits for its health', () => {
  for (const [name, each] of Object.entries(services)) {
    expect(each.stop_grace_period).toBe('30s')
    if (name === 'cli') continue
    expect(each.healthcheck, name).toBeDefined()
    expect(each.restart).toBe('unless-stopped')
  }
  expect(services['worker']?.depends_on).toEqual({
    mongo: { condition: 'service_healthy' },
    redis: { condition: 'service_healthy' },
  })
  // Without Redis the gateway accepts all the same.
  expect(services['gateway']?.depends_on).toEqual({
    mongo: { condition: 'service_healthy' },
    redis: { condition: 'service_started' },
  })
})

test('Redis never evicts and keeps a file', () => {
  const command = services['redis']?.command?.join(' ')
  expect(command).toContain('--maxmemory-policy noeviction')
  expect(command).toContain('--appendonly yes --appendfsync everysec')
})

test('the data survives, in named volumes', () => {
  for (const [name, folder] of [
    ['mongo', '/data/db'],
    ['redis', '/data'],
    ['sandbox', '/data'],
  ] as const) {
    const [volume, at] = services[name]?.volumes[0]?.split(':') ?? []
    expect(at).toBe(folder)
    expect(Object.keys(volumes)).toContain(volume)
  }
})

test('nothing listens beyond this machine, and the databases have no way out', () => {
  for (const { ports } of Object.values(services)) {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
  }
  expect(networks['data']?.internal).toBe(true)
  for (const name of ['mongo', 'redis']) {
    expect(services[name]?.networks).toEqual(['data'])
    expect(services[name]?.ports).toEqual([])
  }
  expect(services['sandbox']?.networks).toEqual(['edge'])
})

test('our processes run with nothing that they do not need', () => {
  for (const name of ['gateway', 'worker', 'sandbox', 'cli'])
    expect(services[name]).toMatchObject({ init: true, read_only: true, cap_drop: ['ALL'] })
})

test('without its secret a process does not start, and the message says what to set', () => {
  expect(() => environmentOf('gateway', {})).toThrow('STRIPE_WEBHOOK_SECRETS: set it to')
  expect(() => environmentOf('worker', {})).toThrow('STRIPE_SECRET_KEY: set it to')
  expect(file).not.toMatch(/(sk|rk)_(test|live)_\w|whsec_\w/)
})

test('gateway and worker take their variables, with the sandbox and with a Stripe account', () => {
  expect(readConfig(environmentOf('gateway', trying))).toMatchObject({ host: '0.0.0.0', port: 8080 })
  expect(readWorkerConfig(environmentOf('worker', trying))).toMatchObject({
    STRIPE_API_BASE: 'http://sandbox:12111',
    WORKER_PORT: 8081,
  })
  const live = { ...secrets, STRIPE_SECRET_KEY: 'sk_live_0123456789', STRIPE_LIVEMODE: 'true' }
  expect(readConfig(environmentOf('gateway', live))).toMatchObject({ stripeLivemode: true })
  expect(readWorkerConfig(environmentOf('worker', live))).toMatchObject({
    livemode: true,
    NODE_ENV: 'production',
  })
})

test('each process holds its own secrets only, and no variable that nobody reads', () => {
  const gateway = Object.keys(services['gateway']?.environment ?? {})
  const worker = Object.keys(services['worker']?.environment ?? {})
  expect(gateway).not.toContain('STRIPE_SECRET_KEY')
  expect(worker).not.toContain('STRIPE_WEBHOOK_SECRETS')
  expect(Object.keys(gatewayEnvironment.shape)).toEqual(expect.arrayContaining(gateway))
  expect(Object.keys(workerSchema.in.shape)).toEqual(expect.arrayContaining(worker))
})
