// The README of the sandbox: every snippet runs, in the order in which it stands, as somebody would type it.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Sandbox, startSandbox } from '@lockstep/stripe-sandbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { repository } from './dockerfile.ts'
import { anchorsOf, blocksOf, codeOf, linksOf, plain, readDocument, tableOf } from './markdown.ts'

const path = 'packages/stripe-sandbox/README.md'
const readme = readDocument(path)
const blocks = blocksOf(readme)
const main = join(repository, 'packages/stripe-sandbox/src/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'sandbox-readme-'))
const tools = join(folder, 'tools')
let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ latency: 0, limits: 'off' })
  mkdirSync(tools)
  tool('curl', `exec '${process.execPath}' '${fileURLToPath(new URL('curl.ts', import.meta.url))}' "$@"`)
  tool('npx', `shift; exec '${process.execPath}' '${main}' "$@"`)
  for (const [language, name] of [
    ['csv', 'customers.csv'],
    ['json', 'fixtures.json'],
  ] as const)
    writeFileSync(join(folder, name), textOf(language, language === 'csv' ? '' : '"customers"'))
  symlinkSync(join(repository, 'test/node_modules'), join(folder, 'node_modules'))
})
afterAll(async () => {
  await sandbox.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A program that snippets find before the machine's own. */
function tool(name: string, script: string): void {
  writeFileSync(join(tools, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(tools, name), 0o755)
}

function textOf(language: string, part: string): string {
  const found = blocks.filter((block) => block.language === language && block.text.includes(part))
  expect(found).toHaveLength(1)
  return found[0]?.text ?? ''
}

const env = () => ({ ...process.env, PATH: `${tools}:${process.env['PATH']}` })
const shell = async (script: string) =>
  (await promisify(execFile)('/bin/sh', ['-euc', script], { cwd: folder, env: env() })).stdout

/** Runs a command that stays until it has greeted, and ends it as Ctrl-C does; gives what it said. */
async function greeted(line: string, until: RegExp): Promise<string> {
  const child = spawn('/bin/sh', ['-euc', `exec ${line}`], {
    cwd: folder,
    env: env(),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  let said = ''
  for await (const text of createInterface({ input: child.stdout })) {
    said += `${text}\n`
    if (until.test(text)) child.kill('SIGINT')
  }
  expect((await ended)[0], line).toBe(0)
  return said
}

/** Every line of every shell snippet, with what is shown as its answer. */
const lines = blocks.flatMap((block, index) =>
  block.language === 'sh'
    ? block.text
        .trim()
        .split('\n')
        .map((line) => ({
          line,
          answer: blocks[index + 1]?.language === 'json' ? blocks[index + 1] : undefined,
        }))
    : [],
)

test('is written in languages that are run here', () => {
  expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['sh', 'json', 'csv', 'ts']))
})

test('names the package that is installed', () => {
  const { name } = JSON.parse(readDocument('packages/stripe-sandbox/package.json'))
  const installs = lines.filter(({ line }) => line.startsWith('npm install'))
  expect(installs.map(({ line }) => line)).toEqual([`npm install --save-dev ${name}`])
})

test('each command, typed as it stands, does what stands there', async () => {
  const others = lines.filter(({ line }) => !line.startsWith('npm install'))
  expect(others.length).toBeGreaterThan(12)
  for (const { line, answer } of others) {
    const [, word = ''] = /^npx stripe-sandbox ?(\S*)/.exec(line) ?? []
    const here = line.replaceAll('http://127.0.0.1:12111', sandbox.url)
    if (line.startsWith('npx') && (word === '' || word.startsWith('--'))) {
      // Where the port is not said, a free one: 12111 may be taken on this machine.
      const said = await greeted(/--port/.test(line) ? line : `${line} --port 0`, /^\{|Ctrl-C ends it/)
      if (answer) expect(Object.keys(JSON.parse(said))).toEqual(Object.keys(JSON.parse(answer.text)))
    } else if (word === 'listen') {
      expect(await greeted(`${here} --url ${sandbox.url}`, /^Signing secret: whsec_/)).toContain('whsec_')
    } else {
      const output = await shell(line.startsWith('npx') ? `${here} --url ${sandbox.url}` : here)
      if (answer) expectShown(JSON.parse(output), JSON.parse(answer.text))
    }
  }
})

/** `…` stands for any text. */
function expectShown(found: object, shown: object): void {
  const expected = Object.entries(shown).map(([name, value]) =>
    typeof value === 'string' && value.endsWith('…')
      ? [name, expect.stringMatching(`^${value.slice(0, -1)}`)]
      : [name, value],
  )
  expect(found).toMatchObject(Object.fromEntries(expected))
}

test('each program compiles as it stands, and says what its comments say', async () => {
  const programs = blocks.filter(({ language }) => language === 'ts')
  expect(programs.length).toBeGreaterThan(3)
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
  for (const [index, { text }] of programs.entries()) writeFileSync(join(folder, nameOf(index, text)), text)
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(repository, 'tsconfig.base.json'),
      include: ['*.ts'],
      compilerOptions: { typeRoots: ['node_modules/@types'] },
    }),
  )
  await shell(`'${join(repository, 'node_modules/.bin/tsc')}' -p tsconfig.json`)
  for (const [index, { text }] of programs.entries()) {
    const name = nameOf(index, text)
    if (name.endsWith('.test.ts')) {
      await shell(`'${join(folder, 'node_modules/.bin/vitest')}' run --root . ${name}`)
      continue
    }
    const said = [...text.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, comment]) => comment)
    expect((await shell(`'${process.execPath}' ${name}`)).trim().split('\n')).toEqual(said)
  }
})

function nameOf(index: number, text: string): string {
  return `program-${index}${text.includes("from 'vitest'") ? '.test' : ''}.ts`
}

test('each fault of the table is a rule that is taken, and that hits what it is for', async () => {
  const rules = tableOf(readme, 'what you want to see').map(([, rule = '']) => JSON.parse(plain(rule)))
  const kinds = new Set(rules.map((rule) => rule.action.kind))
  expect(kinds).toEqual(
    new Set(
      'cut server_error status rate_limit lock_timeout conflict delay drop duplicate delay_delivery reorder'.split(
        ' ',
      ),
    ),
  )
  for (const rule of rules) {
    const own = await startSandbox({
      latency: 0,
      limits: 'off',
      webhooks: [{ url: `${sandbox.url}/_sandbox/settle`, secret: 'whsec_1' }],
    })
    const call = async (url: string) => {
      const headers = { Authorization: 'Bearer sk_test_1' }
      const answer = await fetch(own.url + url, { method: 'POST', headers }).catch(() => undefined)
      return answer?.ok ? JSON.parse(await answer.text()).id : undefined
    }
    const { id } = own.faults.add(rule)
    for (let turn = 0; turn < 12; turn++) {
      const customer = await call('/v1/customers')
      if (customer) await call(`/v1/customers/${customer}`)
    }
    await own.settled()
    expect(own.faults.list().find((one) => one.id === id)?.applied, JSON.stringify(rule)).toBeGreaterThan(0)
    await own.close()
  }
})

test('leads to what is there, and names settings, doors and examples that are', async () => {
  for (const link of linksOf(readme).filter((each) => each.startsWith('#')))
    expect(anchorsOf(readme), link).toContain(link.slice(1))
  const about = await (await fetch(`${sandbox.url}/_sandbox/settings`)).json()
  const known = new Set(Object.keys(Object(about)))
  for (const code of codeOf(readme).filter((each) => /^payment_retry_|^webhook_/.test(each)))
    expect(known).toContain(code)
  sandbox.reset()
  sandbox.seed('examples')
  for (const id of codeOf(readme).filter((each) => each.startsWith('cus_example')))
    expect(
      (await fetch(`${sandbox.url}/v1/customers/${id}`, { headers: { Authorization: 'Bearer sk_test_1' } }))
        .status,
      id,
    ).toBe(200)
})
