// .env.example tells the truth: the same variables as the two schemas, their defaults, and a text that parses.

import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { gatewayEnvironment, printableConfig, readConfig } from '@lockstep/gateway/config'
import { readWorkerConfig, shownConfig, workerSchema } from '@lockstep/worker/config'
import { expect, test } from 'vitest'

const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')
const lines = text.split('\n')

/** The lines that must be set. */
const set = parseEnv(text)
/** The lines behind a `#`: defaults, and examples of what has none. */
const shown = parseEnv(
  lines
    .filter((line) => /^#[A-Z_]+=/.test(line))
    .map((line) => line.slice(1))
    .join('\n'),
)
/** What only its owner can fill in. */
const secrets = { STRIPE_WEBHOOK_SECRETS: 'whsec_example_0123', STRIPE_SECRET_KEY: 'sk_test_example0123' }
const filled = { ...set, ...secrets }

const gatewayFields = Object.keys(gatewayEnvironment.shape)
const workerFields = Object.keys(workerSchema.in.shape)

test('it names every variable of the gateway and the worker, each once, and no other', () => {
  const named = lines.flatMap((line) => /^#?([A-Z_]+)=/.exec(line)?.[1] ?? [])
  expect(named.toSorted()).toEqual([...new Set([...gatewayFields, ...workerFields])].toSorted())
})

test('each variable is described right above it', () => {
  for (const [index, line] of lines.entries()) {
    if (!/^#?[A-Z_]+=/.test(line)) continue
    const above = lines.slice(0, index).findLast((before) => !/^#?[A-Z_]+=/.test(before))
    expect(above, `the line above ${line}`).toMatch(/^# \S/)
  }
})

test('exactly what has no default must be set, and no secret is given', () => {
  const problems = [
    ...(gatewayEnvironment.safeParse({}).error?.issues ?? []),
    ...(workerSchema.in.safeParse({}).error?.issues ?? []),
  ].map(({ path }) => String(path[0]))
  expect(Object.keys(set).toSorted()).toEqual([...new Set(problems)].toSorted())
  for (const name of Object.keys(secrets)) expect(set[name]).toBe('')
})

test('both processes can start from it once the secrets are filled in', () => {
  const { STRIPE_SECRET_KEY: _key, ...forGateway } = filled
  const { STRIPE_WEBHOOK_SECRETS: _secrets, ...forWorker } = filled
  expect(readConfig(forGateway)).toMatchObject({ port: 8080, tenantId: 'default' })
  expect(readWorkerConfig(forWorker)).toMatchObject({ WORKER_PORT: 8081, livemode: false })
})

test('the values behind a # are the defaults', () => {
  // Examples: without them something else happens, and the text says what.
  const { STRIPE_ACCOUNT, STRIPE_LIMIT_ACCOUNT, STRIPE_API_BASE, ...defaults } = shown
  expect([STRIPE_ACCOUNT, STRIPE_LIMIT_ACCOUNT, STRIPE_API_BASE]).toEqual(['acct_1EXAMPLE', '25', ''])
  const all = { ...filled, ...defaults }
  expect(printableConfig(readConfig(all))).toEqual(printableConfig(readConfig(filled)))
  expect(shownConfig(readWorkerConfig(all))).toEqual(shownConfig(readWorkerConfig(filled)))
})
