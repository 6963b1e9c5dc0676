// The README's snippets, run in a shell against a real stack; its route table and metrics, asked of the gateway itself.

import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv, promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { childCoverage } from '../support/child-coverage.ts'
import { type Stack, startStack, stripeKey } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { repository } from './dockerfile.ts'
import { type Block, blocksOf, codeOf, plain, readDocument, tableOf } from './markdown.ts'

const readme = readDocument('README.md')
const blocks = blocksOf(readme)
const tools = mkdtempSync(join(tmpdir(), 'lockstep-docs-'))
let stack: Stack

beforeAll(async () => {
  tool('curl', `exec '${process.execPath}' '${fileURLToPath(new URL('curl.ts', import.meta.url))}' "$@"`)
  tool('openssl', 'echo 00112233445566778899aabbccddeeff')
  stack = await startStack()
})
afterAll(async () => {
  await stack.close()
  rmSync(tools, { recursive: true, force: true })
})

/** A program that snippets find before the machine's own. */
function tool(name: string, script: string): void {
  const path = join(tools, name)
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
}

/** Never blocking: the sandbox lives in this process. */
async function shell(script: string, env: Record<string, string> = {}): Promise<string> {
  const PATH = `${tools}:${process.env['PATH']}`
  const run = promisify(execFile)
  return (await run('/bin/sh', ['-euc', script], { cwd: tools, env: { PATH, ...childCoverage(), ...env } }))
    .stdout
}

/** Every kind of shell snippet, and the test below that takes it. */
const kinds = {
  command: /^npx -y pnpm@12 \w+$/m,
  variables: /^([A-Z_]+=\S+ +#.*\n)+$/,
  curl: /^curl /,
  lockstep: /^export LOCKSTEP_URL=.*\n(npx -y pnpm@12 lockstep .*\n)+$/,
  dotenv: /^cat > \.env /,
  docker: /^(docker compose .*\n)+$/,
  process: /^(node (--[\w-]+=\S+ )+\\\n +--env-file=.*\n)+$/,
}
const shellBlocks = blocks.filter(({ language }) => language === 'sh')

function snippets(kind: keyof typeof kinds): Block[] {
  const found = shellBlocks.filter(({ text }) => kinds[kind].test(text))
  expect(found.length).toBeGreaterThan(0)
  return found
}

test('every shell snippet is of a kind that is tested', () => {
  for (const { text } of shellBlocks)
    expect(
      Object.values(kinds).filter((kind) => kind.test(text)),
      text,
    ).toHaveLength(1)
})

test('the commands that do everything are scripts of the repository', () => {
  const { scripts } = JSON.parse(readDocument('package.json'))
  for (const { text } of snippets('command'))
    expect(scripts).toHaveProperty(text.trim().split(' ').at(-1) ?? '')
})

test('each request, typed as it stands, gets the answer that stands below it', async () => {
  const known: Record<string, string> = {
    GATEWAY: stack.gateways[0]?.url ?? '',
    API_KEY: stack.apiKey,
    SANDBOX: stack.sandbox.url,
    STRIPE_KEY: stripeKey,
  }
  for (const snippet of snippets('curl')) {
    const next = blocks[blocks.indexOf(snippet) + 1]
    const shown = next?.language === 'json' ? JSON.parse(next.text) : {}
    const answer = await until(`the answer in line ${next?.line}`, async () => {
      const found = JSON.parse(await shell(snippet.text, known))
      return holds(found, shown) && found
    })
    if (typeof answer.data?.id === 'string') known['ID'] = answer.data.id
    if (typeof answer.data?.stripe_customer_id === 'string')
      known['CUSTOMER'] = answer.data.stripe_customer_id
  }
  // Whatever the snippets use, a reader was told to set.
  const told = snippets('variables').flatMap(({ text }) =>
    [...text.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name),
  )
  expect(Object.keys(known)).toEqual(expect.arrayContaining(told))
})

/** Whether `found` has all that `shown` shows; `…` stands for any text. */
function holds(found: unknown, shown: unknown): boolean {
  if (typeof shown === 'string' && shown.includes('…')) {
    return typeof found === 'string' && found.startsWith(shown.slice(0, shown.indexOf('…')))
  }
  if (typeof shown !== 'object' || shown === null) return found === shown
  if (typeof found !== 'object' || found === null) return false
  const inside = new Map(Object.entries(found))
  return Object.entries(shown).every(([name, value]) => holds(inside.get(name), value))
}

test('the calls on the command line do what they say', async () => {
  const env = { GATEWAY: stack.gateways[0]?.url ?? '', API_KEY: stack.apiKey, NO_COLOR: '1' }
  // What `npx -y pnpm@12 lockstep` comes to once the packages are there.
  tool('npx', `shift 3; exec '${process.execPath}' '${join(repository, 'apps/cli/src/main.ts')}' "$@"`)
  for (const { text } of snippets('lockstep')) {
    const told = await shell(text, env)
    expect(told).toMatch(/^ {2}name +Joan Clarke$/m)
    expect(told).toMatch(/^\{.*"key":"joan","app_id":null,"name":"Joan Clarke"/m)
  }
})

test('the .env that it writes is complete for Docker, and new each time', async () => {
  for (const { text } of snippets('dotenv')) await shell(text)
  const written = parseEnv(readFileSync(join(tools, '.env'), 'utf8'))
  expect(written).toEqual({
    STRIPE_SECRET_KEY: 'sk_test_00112233445566778899aabbccddeeff',
    STRIPE_WEBHOOK_SECRETS: 'whsec_00112233445566778899aabbccddeeff',
    STRIPE_API_BASE: 'http://sandbox:12111',
    NODE_ENV: 'development',
  })
})

test('the Docker commands name services and profiles of the compose file', () => {
  const compose = readDocument('docker-compose.yml')
  for (const line of snippets('docker').flatMap(({ text }) => text.trim().split('\n'))) {
    const profile = /--profile (\w+)/.exec(line)?.[1]
    if (profile !== undefined) expect(compose).toContain(`profiles: [${profile}]`)
    const service = / run --rm (\w+)/.exec(line)?.[1]
    if (service !== undefined) expect(compose).toContain(`\n  ${service}:\n`)
  }
})

test('the processes that it starts by hand are there', () => {
  const lines = snippets('process').flatMap(({ text }) => text.replaceAll('\\\n', '').trim().split('\n'))
  for (const line of lines) expect(existsSync(join(repository, line.split(' ').at(-1) ?? ''))).toBe(true)
})

describe('the route table', () => {
  const told = tableOf(readme, 'route').map(([route = '']) => plain(route).split(' '))
  const byPath = Map.groupBy(told, ([, path = '']) => path)

  test('has the methods that the gateway allows on each', async () => {
    for (const [path, routes] of byPath) {
      const url = `${stack.gateways[0]?.url}${path.replaceAll(/\{\w+\}/g, 'x')}`
      const answer = await fetch(url, { method: 'PURGE' })
      const allowed = (answer.headers.get('allow') ?? '').split(', ').filter((method) => method !== 'HEAD')
      expect(allowed.toSorted(), path).toEqual(routes.map(([method = '']) => method).toSorted())
    }
  })
})

test('the metrics to watch are measured', async () => {
  const members = [...stack.gateways, ...stack.workers]
  const pages = await Promise.all(members.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()))
  const told = tableOf(readme, 'metric').flatMap(([metric = '']) => codeOf(metric))
  expect(told.length).toBeGreaterThan(0)
  for (const name of told) expect(pages.join('\n')).toContain(`# HELP ${name.replace(/\{.*/, '')} `)
})
