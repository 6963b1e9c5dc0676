import { randomInt } from 'node:crypto'
import { Agent, request } from 'node:http'
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { createRouter } from '../src/http/router.ts'
import { isJsonObject, type Json, type JsonObject } from '../src/json.ts'
import { openSpec } from '../src/params/from-spec.ts'
import { allRoutes } from '../src/resources/all.ts'
import { openAnswerCheck } from './support/answer-check.ts'
import { listed, pathsOf, textOf } from './support/everything.ts'
import { exchange, statusesIn } from './support/exchange.ts'
import { apiRequest, type FuzzRequest } from './support/fuzz/api-request.ts'
import { almostRight, rightRequest } from './support/fuzz/almost-right.ts'
import { diceOf, type Dice } from './support/fuzz/dice.ts'
import { doorRequest } from './support/fuzz/door-request.ts'
import { wireCase } from './support/fuzz/wire.ts'
import { expectLawful } from './support/laws.ts'
import { testSandbox } from './support/sandbox.ts'
import { steps } from './support/shop/shop.ts'
import { deliveries } from './support/shop/stock.ts'
import { learn, type Call, type Step } from './support/shop/step.ts'

/** `pnpm test` sends some thousands, always the same; `pnpm prove sandbox-fuzz` sends 50,000 of a fresh seed, which a failure names. */
const count = process.env['SANDBOX_FUZZ']
const requests = Number(count ?? 5000)
const usual = count === undefined ? 20_261_121 : randomInt(1, 2 ** 31)
const seed = Number(process.env['SANDBOX_FUZZ_SEED'] ?? usual)

const settings = { latency: 0, limits: 'off', event_retention_days: 36_500 } as const
const sandbox = await testSandbox({ ...settings, frozen: true, seed, startAt: Date.UTC(2031, 0, 30) })
const routes = allRoutes(openSpec())
const router = createRouter(routes)
const check = openAnswerCheck()
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const bugs = vi.spyOn(console, 'error').mockImplementation(() => {})

// Many times what a request takes, for a machine that does much else (ms).
vi.setConfig({ testTimeout: requests * 60 })

/** Ids that answers showed, by kind; the oldest are forgotten, so that requests meet on what is there. */
const known = new Map([['payment_method', ['pm_card_visa', 'pm_card_chargeCustomerFail']]])
const knownMax = 25
const ids = () => ['cus_nope', ...[...known.values()].flat()].map(encodeURIComponent)

it(`${requests} strange requests are answered as Stripe would, and leave a sandbox that holds together`, async () => {
  const sockets = openSockets()
  const dice = diceOf(seed)
  for (const delivery of deliveries) await tryApi(rightRequest(delivery(known)), 'stock')
  const calls = fc.sample(fc.oneof(...Object.values(steps).flat()), { numRuns: requests, seed })
  for (let sent = 0; sent < requests; sent++) {
    const at = `SANDBOX_FUZZ=${requests} SANDBOX_FUZZ_SEED=${seed}, request ${sent}`
    const kind = dice.under(100)
    const call = kind < 45 ? nextCall(dice, calls[sent]) : undefined
    if (call) await tryApi(almostRight(dice, call), at)
    else if (kind < 70) await tryApi(apiRequest(dice, routes, ids()), at)
    else if (kind < 85) await tryDoor(doorRequest(dice, ids()), at)
    else await tryWire(wireCase(dice), at)
    expect(bugs.mock.calls, at).toEqual([])
  }
  agent.destroy()
  await sandbox.settled()
  await vi.waitUntil(() => openSockets() <= sockets, { timeout: 20_000, interval: 20 })
  await expectLawful(read, Math.floor(sandbox.clock.now() / 1000))
})

/** A call of the random sequences, or a look at what there is; deletions are rare, so that something is. */
function nextCall(dice: Dice, step: Step | undefined): Call | undefined {
  const call = dice.in(0.8) ? step?.call(known) : undefined
  const empties = call?.[0] === 'DELETE' || call?.[1].endsWith('/detach')
  if (call && (!empties || dice.in(0.2))) return call
  const paths = pathsOf(known)
  return paths.length > 0 ? ['GET', dice.pick(paths)] : undefined
}

async function tryApi(sent: FuzzRequest, at: string): Promise<void> {
  const { status, text, headers } = await send(sent)
  const said = `${at}: ${sent.method} ${sent.path} ${sent.body.slice(0, 500)} → ${status} ${text.slice(0, 300)}`
  expect(status, said).toBeLessThan(500)
  if (sent.method === 'HEAD' || (status === 400 && text === '') || status === 431) return
  expect(headers['request-id'], said).toMatch(/^req_\w{14}$/)
  const body: Json = JSON.parse(text)
  const template = router.match(sent.method, sent.path.split('?')[0] ?? '')?.route.path
  if (template)
    check({
      method: sent.method,
      template,
      status,
      body,
      expanded: `${sent.path}${sent.body}`.includes('expand'),
    })
  if (status !== 200) return
  learn(known, body)
  for (const own of known.values()) own.splice(0, Math.max(own.length - knownMax, 0))
}

async function tryDoor(sent: FuzzRequest, at: string): Promise<void> {
  const { status, text } = await send(sent)
  const said = `${at}: ${sent.method} ${sent.path} ${sent.body.slice(0, 500)} → ${status} ${text.slice(0, 300)}`
  expect([200, 400, 404], said).toContain(status)
  if (sent.method === 'HEAD' || text === '') return
  if (status !== 200) {
    const { error }: { error?: unknown } = JSON.parse(text)
    expect(error, said).toEqual(expect.any(String))
    // A reason, not what an engine says when a program did not look at its input.
    expect(error, said).not.toMatch(
      /^$|is not a function|not iterable|of undefined|of null|Cannot |call stack|bug:/,
    )
  } else if (sent.method !== 'GET') await putBack()
}

/** What a door was right to do must not disturb what follows. */
async function putBack(): Promise<void> {
  sandbox.faults.remove()
  for (const key of boundKeys(await read('/_sandbox/accounts')))
    await send({
      method: 'DELETE',
      path: `/_sandbox/accounts/${encodeURIComponent(key)}`,
      headers: {},
      body: '',
    })
  sandbox.set({ ...defaults, ...settings })
}
const boundKeys = ({ keys }: JsonObject) => listed(keys).map(({ key }) => textOf(key))
const defaults = { ...sandbox.settings }

async function tryWire({ name, pieces, answers }: ReturnType<typeof wireCase>, at: string): Promise<void> {
  const said = `${at}: ${name} ${JSON.stringify(Buffer.concat(pieces).toString('latin1').slice(0, 300))}`
  const statuses = statusesIn(await exchange(sandbox.port, pieces))
  for (const status of statuses) expect(status, said).toBeLessThan(500)
  if (answers !== undefined) expect(statuses.length, said).toBe(answers)
}

function send({
  method,
  path,
  headers,
  body,
}: FuzzRequest): Promise<{ status: number; text: string; headers: { [name: string]: unknown } }> {
  return new Promise((resolve, reject) => {
    const { host, port } = sandbox
    const all = { ...headers, 'Content-Length': Buffer.byteLength(body) }
    const sent = request({ agent, host, port, method, path, headers: mutable(all) }, (response) => {
      const { headers: own, statusCode: status = 0 } = response
      if (own['content-type'] === 'text/event-stream') {
        // It goes on; whoever watched leaves.
        resolve({ status, text: '', headers: own })
        response.destroy()
        return
      }
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status, text: Buffer.concat(chunks).toString('utf8'), headers: own }),
      )
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Node's own type asks for lists that it may change. */
function mutable(headers: { readonly [name: string]: string | number | readonly string[] }) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' || typeof value === 'number' ? value : [...value],
    ]),
  )
}

async function read(path: string): Promise<JsonObject> {
  const { status, text } = await send({
    method: 'GET',
    path,
    headers: { Authorization: 'Bearer sk_test_fuzz' },
    body: '',
  })
  expect(status, `${path} ${text.slice(0, 300)}`).toBe(200)
  const body: Json = JSON.parse(text)
  if (!isJsonObject(body)) throw new Error(`${path} is not an object`)
  return body
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((one) => one === 'TCPSocketWrap').length
}
