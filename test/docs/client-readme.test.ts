// The examples in the client's README run, one after the other, against a real stack, as they stand there.

import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as client from '@lockstep/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Stack, startStack } from '../support/stack.ts'
import { repository } from './dockerfile.ts'
import { plain, readDocument, tableOf } from './markdown.ts'

const readme = readDocument('packages/client/README.md')
let stack: Stack
let folder: string
beforeAll(async () => {
  stack = await startStack()
  // Inside the repository's test package, where @lockstep/client resolves as it does for a user.
  folder = mkdtempSync(join(tmpdir(), 'lockstep-client-readme-'))
  symlinkSync(join(repository, 'test/node_modules'), join(folder, 'node_modules'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await stack.close()
})

test('the examples run, and print what they say', async () => {
  const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => text)
  const lines = examples.join('\n').split('\n')
  const imports = lines.filter((line) => line.startsWith('import '))
  const program = [...imports, ...lines.filter((line) => !line.startsWith('import '))].join('\n')
  const path = join(folder, 'example.mts')
  writeFileSync(path, program)
  const env = {
    ...process.env,
    GATEWAY: stack.gateways[0]?.url ?? '',
    API_KEY: stack.apiKey,
    WEBHOOK_SECRET: 'whsec_dGVzdA==',
  }
  const { stdout } = await promisify(execFile)(process.execPath, [path], { env })
  const printed = stdout.trim().split('\n')
  expect(printed.slice(0, 3)).toEqual(['1', 'Ada King', 'synced'])
  expect(printed).toContain('ada')
  expect(printed).toContain('key_taken')
  expect(printed.at(-1)).toMatch(/^cus_/)
  expect(readFileSync(path, 'utf8')).toContain('unwrap(')
})

test('the table names the errors that exist, and all of them', () => {
  const told = tableOf(readme, 'class').map(([name = '']) => plain(name))
  const known = Object.keys(client).filter((name) => name.endsWith('Error') && !bases.has(name))
  expect(told.toSorted()).toEqual(known.toSorted())
})

/** What the others are kinds of, and the one of webhooks, which has its own section. */
const bases = new Set(['LockstepError', 'ApiError', 'WebhookError'])
