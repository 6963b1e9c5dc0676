// The commands of the API's resources, as processes, against a real gateway.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { calls } from '@lockstep/client'
import { expect, test } from 'vitest'
import { childCoverage } from '../../../test/support/child-coverage.ts'
import { startGateway, type TestGateway } from '../../gateway/test/support/gateway.ts'
import { resourceCommands } from '../src/resources/resource-commands.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** Runs `lockstep …` with the gateway's address and key. */
function called(gateway: Pick<TestGateway, 'url' | 'apiKey'>, args: string[], input = '') {
  const env = { LOCKSTEP_URL: gateway.url, LOCKSTEP_API_KEY: gateway.apiKey }
  return new Promise<{ code: number; out: string; err: string }>((ended) => {
    const child = execFile(
      process.execPath,
      [main, ...args],
      { env: { ...childCoverage(), ...env } },
      (_error, out, err) => ended({ code: child.exitCode ?? -1, out, err }),
    )
    child.stdin?.end(input)
  })
}

test('every call that the client has is a command', () => {
  const commands = resourceCommands().flatMap((group) =>
    group.commands.map((each) => `${group.name()} ${each.name()}`),
  )
  expect(commands).toHaveLength(Object.keys(calls).length)
  expect(new Set(commands).size).toBe(commands.length)
})

test('a customer is created by flags, read by key, changed, cleared and deleted', async () => {
  const gateway = await startGateway()
  const address = '{"city":"London","country":"GB"}'
  const made = await called(gateway, [
    'customers',
    'create',
    '--key',
    'ada',
    '--name',
    'Ada',
    '--phone',
    '+441234567890',
    '--tags',
    'vip',
    '--tags',
    'new',
    '--billing-address',
    address,
    '--json',
  ])
  expect([made.code, made.err]).toEqual([0, ''])
  expect(JSON.parse(made.out)).toMatchObject({
    key: 'ada',
    tags: ['vip', 'new'],
    billing_address: { city: 'London' },
  })
  const changed = await called(gateway, [
    'customers',
    'update',
    'ada',
    '--name',
    'Ada King',
    '--clear',
    'phone',
    '--json',
  ])
  expect(JSON.parse(changed.out)).toMatchObject({ name: 'Ada King', phone: null, version: 2 })
  const shown = await called(gateway, ['customers', 'get', 'ada'])
  expect(shown.out).toMatch(/^ {2}name +Ada King$/m)
  expect(shown.out).not.toContain('phone')
  expect((await called(gateway, ['customers', 'delete', 'ada'])).code).toBe(0)
  expect((await gateway.store.findByKey('default', 'ada'))?.state).toBe('deleted')
})

test('a list is one JSON object on each line, over all pages, and a table for people', async () => {
  const gateway = await startGateway()
  for (let n = 0; n < 130; n++)
    await gateway.call('POST', '/v1/customers', { json: { key: `k${n}`, tier: 'pro' } })
  await gateway.call('POST', '/v1/customers', { json: { key: 'evil', name: 'a\u001b[2Jb' } })
  const listed = await called(gateway, ['customers', 'list', '--tier', 'pro', '--limit', '120', '--json'])
  const lines = listed.out.trim().split('\n')
  expect(lines).toHaveLength(120)
  expect(JSON.parse(lines[119] ?? '')).toMatchObject({ key: 'k10' })
  const table = await called(gateway, ['customers', 'list', '--limit', '1'])
  expect(table.out).toMatch(/^ {2}key +name +email +state/)
  expect(table.out).toContain('a\\x1b[2Jb')
  expect((await called(gateway, ['customers', 'list', '--tier', 'free', '--source', 'nowhere'])).out).toBe(
    '  none\n',
  )
})

test('a dry run shows what would be sent, and sends nothing', async () => {
  const gateway = await startGateway()
  const { out } = await called(gateway, ['customers', 'create', '--key', 'dry', '--dry-run'])
  expect(JSON.parse(out)).toEqual({
    dry_run: true,
    method: 'POST',
    path: '/v1/customers',
    body: { key: 'dry' },
  })
  expect(await gateway.store.findByKey('default', 'dry')).toBeNull()
})

test('a body is taken whole from standard input, flags above it', async () => {
  const gateway = await startGateway()
  const body = JSON.stringify({ key: 'in', name: 'From stdin', metadata: { a: [1] } })
  const { out } = await called(
    gateway,
    ['customers', 'create', '--body', '@-', '--name', 'Flag', '--json'],
    body,
  )
  expect(JSON.parse(out)).toMatchObject({ key: 'in', name: 'Flag', metadata: { a: [1] } })
})

test('a refusal ends with 3, its code and the fields; an idempotency key is one customer', async () => {
  const gateway = await startGateway()
  const refused = await called(gateway, ['customers', 'create', '--email', 'nonsense'])
  expect([refused.code, refused.out]).toEqual([3, ''])
  expect(refused.err).toMatch(/invalid_request[^]*email: must be an e-mail address[^]*request [0-9a-f-]{36}/)
  const twice = ['customers', 'create', '--email', 'one@example.com', '--idempotency-key', 'k', '--json']
  expect((await called(gateway, twice)).out).toBe((await called(gateway, twice)).out)
  const wrongKey = await called({ url: gateway.url, apiKey: 'wrong' }, ['customers', 'list'])
  expect([wrongKey.code, wrongKey.err]).toEqual([3, expect.stringContaining('unauthenticated')])
})

test('a gateway that is away is 4', async () => {
  const { code, err } = await called({ url: 'http://127.0.0.1:1', apiKey: 'x' }, ['customers', 'get', 'ada'])
  expect([code, err]).toEqual([4, expect.stringContaining('no answer')])
})

test.each([
  [['customers', 'update', 'ada', '--clear', 'tier'], /no such field that can be empty/],
  [['customers', 'create', '--tier', 'gold'], /free, basic, pro, enterprise/],
  [['customers', 'create', '--metadata', '{'], /must be JSON/],
  [['customers', 'assign', 'ada'], /missing: --assigned-to/],
  [['customers', 'create', '--body', '@/no/such/file'], /cannot be read/],
  [['webhook-endpoints', 'update', 'x', '--enabled', 'yes'], /true or false/],
])('%j is refused with its reason and 2, before anything is sent', async (args, reason) => {
  const { code, err } = await called({ url: 'http://127.0.0.1:1', apiKey: 'x' }, args)
  expect(err).toMatch(reason)
  expect(code).toBe(2)
})
