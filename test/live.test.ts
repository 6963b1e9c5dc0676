// The tests for a Stripe account of one's own run, and refuse to run where they could not or must not. Here against the sandbox.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startSandbox } from '@lockstep/stripe-sandbox'
import { expect, test } from 'vitest'
import { repository } from './docs/dockerfile.ts'

const run = fileURLToPath(new URL('run.ts', import.meta.url))

function live(env: Record<string, string>): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((ended) => {
    const options = { cwd: repository, env: { ...process.env, STRIPE_TEST_KEY: '', ...env } }
    const child = execFile(process.execPath, [run, 'live'], options, (_error, out, err) =>
      ended({ code: child.exitCode, out, err }),
    )
  })
}

test('without a key, or with one of live mode, nothing runs, and it says what to set', async () => {
  for (const env of [{}, { STRIPE_TEST_KEY: 'sk_live_123' }]) {
    const { code, out, err } = await live(env)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('STRIPE_TEST_KEY')
  }
})

test('with a key each row of the document runs, and what was made at Stripe is deleted', async () => {
  const sandbox = await startSandbox({ latency: 0 })
  const { code, out } = await live({
    STRIPE_TEST_KEY: 'sk_test_live0123456789',
    STRIPE_TEST_BASE: sandbox.url,
  })
  expect([code, out.trim().split('\n').at(-1)]).toEqual([0, '5 passed, 0 failed'])
  const left = await fetch(`${sandbox.url}/v1/customers`, {
    headers: { authorization: 'Bearer sk_test_live0123456789' },
  })
  expect(await left.json()).toMatchObject({ data: [] })
  await sandbox.close()
}, 300_000)
