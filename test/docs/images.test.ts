// The images, rehearsed without an engine: the Dockerfile's own installs and copies in an empty folder, then the
// processes started from there, with the image's environment and command and no dev dependency.

import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type LocalService, startTestRedis } from '@lockstep/local-services'
import { serverFlags } from '@lockstep/domain/process/server-flags'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { until } from '../support/until.ts'
import { openRehearsal, type RehearsedImage, readDockerfile, repository } from './dockerfile.ts'

const rehearsal = openRehearsal()
const children: ChildProcess[] = []
/** What processes wrote that ended by themselves. */
const deaths: string[] = []
let redis: LocalService
let gateway: RehearsedImage
let worker: RehearsedImage
let sandbox: RehearsedImage
let cli: RehearsedImage

beforeAll(async () => {
  const building = ['gateway', 'worker', 'sandbox', 'cli'].map((target) => rehearsal.build(target))
  const starting = startTestRedis({ announce: () => undefined })
  ;[gateway, worker, sandbox, cli] = (await Promise.all(building)) as [
    RehearsedImage,
    RehearsedImage,
    RehearsedImage,
    RehearsedImage,
  ] // One for each name.
  redis = await starting
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await redis.stop()
  rehearsal.close()
})

/** Starts an image's command, as an engine would. */
function start(image: RehearsedImage, env: Record<string, string>, cmd = image.cmd): ChildProcess {
  const [, ...words] = [...image.entrypoint, ...cmd]
  const child = spawn(process.execPath, words, {
    cwd: join(image.root, image.workdir),
    env: { ...image.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  void ended(child).then(({ code, output }) => code > 0 && deaths.push(output))
  return child
}

/** The exit code of a command, with what it wrote. */
async function ended(child: ChildProcess): Promise<{ code: number; output: string }> {
  let output = ''
  child.stdout?.on('data', (text) => (output += text))
  child.stderr?.on('data', (text) => (output += text))
  const [code] = await once(child, 'close')
  return { code: Number(code), output }
}

async function healthcheck(image: RehearsedImage, env: Record<string, string>): Promise<number> {
  const [, ...words] = image.healthcheck
  return (await ended(spawn(process.execPath, words, { env: { ...image.env, ...env } }))).code
}

function readyAt(port: string): string {
  return `http://127.0.0.1:${port}/readyz`
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await once(server.close(), 'close')
  return String(typeof address === 'object' && address ? address.port : 0)
}

test('gateways and workers are started with the flags that bound their memory, in the README as well', () => {
  const readme = readFileSync(join(repository, 'README.md'), 'utf8')
  for (const { cmd } of [gateway, worker]) {
    expect(cmd.slice(1, -1)).toEqual(serverFlags)
    expect(readme).toMatch(new RegExp(`node ${serverFlags.join(' ')} [^;]* ${cmd.at(-1)}\n`))
  }
})

test('a customer written to the gateway image reaches the sandbox image through the worker image', async () => {
  const [port, workerPort, sandboxPort] = await Promise.all([freePort(), freePort(), freePort()])
  const mongo = new URL(inject('mongoUrl'))
  mongo.pathname = `/t_${randomBytes(6).toString('hex')}`
  const shared = { MONGO_URL: mongo.href, REDIS_URL: redis.url, NODE_ENV: 'development', LOG_LEVEL: 'error' }
  const secret = 'whsec_image_0123456789'
  const stripe = `http://127.0.0.1:${sandboxPort}`
  const probes = { PORT: port, WORKER_PORT: workerPort, SANDBOX_PORT: sandboxPort }

  // In a container /data is a volume; here the journal stays in memory.
  const hook = `http://127.0.0.1:${port}/webhooks/stripe`
  const args = ['--port', sandboxPort, '--latency', '0', '--webhook', hook, '--secret', secret]
  start(sandbox, {}, args)
  const gatewayProcess = start(gateway, { ...shared, PORT: port, STRIPE_WEBHOOK_SECRETS: secret })
  const workerProcess = start(worker, {
    ...shared,
    WORKER_PORT: workerPort,
    STRIPE_SECRET_KEY: 'sk_test_image0123456789',
    STRIPE_API_BASE: stripe,
  })
  for (const ready of [`${stripe}/_sandbox/health`, ...[port, workerPort].map(readyAt)])
    await until(`${ready} answers`, async () => {
      if (deaths.length > 0) throw new Error(deaths.join('\n'))
      return (await fetch(ready).catch(() => null))?.ok
    })
  for (const image of [gateway, worker, sandbox]) expect(await healthcheck(image, probes)).toBe(0)
  const made = await ended(start(cli, { ...shared }, ['keys', 'create', '--json']))
  expect(made.output).toContain('lsk_')
  const [key] = /lsk_[0-9a-f]+/.exec(made.output) ?? []
  const answer = await fetch(`http://127.0.0.1:${port}/v1/customers`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      prefer: 'wait=30; until=synced',
    },
    body: JSON.stringify({ key: 'image', name: 'From an image' }),
  })
  expect(answer.status).toBe(201)
  expect(await answer.json()).toMatchObject({ data: { name: 'From an image', sync: { state: 'synced' } } })

  // What stops a container ends both within their grace period.
  gatewayProcess.kill('SIGTERM')
  workerProcess.kill('SIGTERM')
  await Promise.all([once(gatewayProcess, 'exit'), once(workerProcess, 'exit')])
  expect([gatewayProcess.exitCode, workerProcess.exitCode]).toEqual([0, 0])
})

test('the images hold no tests, no tools and no Node beside their own', () => {
  for (const image of [gateway, worker, cli]) {
    const root = join(image.root, image.workdir)
    const store = readdirSync(join(root, 'node_modules/.pnpm'))
    const tools = /^(vitest|typescript@|oxlint|@biomejs|dependency-cruiser|node-linux-|@types\+express)/
    expect(store.filter((name) => tools.test(name))).toEqual([])
    for (const part of ['apps/gateway/test', 'apps/worker/test', 'packages/domain/test', 'test', '.env'])
      expect(existsSync(join(root, part))).toBe(false)
  }
  expect(existsSync(join(gateway.root, gateway.workdir, 'apps/worker/src'))).toBe(false)
  expect(existsSync(join(worker.root, worker.workdir, 'apps/gateway/src'))).toBe(false)
})

test('each image runs without root and says how it is stopped and probed', () => {
  for (const image of [gateway, worker, sandbox]) {
    expect(image).toMatchObject({ user: 'node', stopSignal: 'SIGTERM' })
    expect(image.healthcheck[0]).toBe('node')
  }
  expect(cli.user).toBe('node')
})

test('the image brings the Node line that the repository is tested on', () => {
  const stages = readDockerfile(readFileSync(join(repository, 'Dockerfile'), 'utf8'))
  expect(stages[0]?.from).toMatch(new RegExp(`^node:${process.versions.node.split('.')[0]}-`))
})
