import { expect, test } from 'vitest'
import { ConfigError } from '@lockstep/domain/process/configuration'
import { printableConfig, readConfig } from '../src/config.ts'

const good = {
  MONGO_URL: 'mongodb://user:hidden@127.0.0.1:27017/lockstep?authSource=admin',
  REDIS_URL: 'redis://:hidden@127.0.0.1:6379',
  STRIPE_WEBHOOK_SECRETS: 'whsec_first_secret, whsec_second_secret',
}

function problemsOf(env: Record<string, string | undefined>): string[] {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

test('what is left out has a safe default', () => {
  expect(readConfig({ ...good, PORT: '' })).toMatchObject({
    port: 8080,
    host: '127.0.0.1',
    tenantId: 'default',
    stripeLivemode: false,
    webhookSecrets: ['whsec_first_secret', 'whsec_second_secret'],
  })
})

test('all problems are told at once, by variable', () => {
  const problems = problemsOf({
    MONGO_URL: 'http://x',
    PORT: '99999',
    STRIPE_LIVEMODE: 'true',
    STRIPE_API_BASE: 'http://127.0.0.1:12111',
    STRIPE_SECRET_KEY: 'sk_live_123',
  })
  for (const name of [
    'MONGO_URL',
    'REDIS_URL',
    'PORT',
    'STRIPE_WEBHOOK_SECRETS',
    'STRIPE_API_BASE',
    'STRIPE_SECRET_KEY',
  ]) {
    expect(problems.some((problem) => problem.startsWith(name))).toBe(true)
  }
})

test.each([
  ['no webhook secret', { STRIPE_WEBHOOK_SECRETS: ' , ' }, 'STRIPE_WEBHOOK_SECRETS'],
  ['a secret that is none', { STRIPE_WEBHOOK_SECRETS: 'hunter2' }, 'STRIPE_WEBHOOK_SECRETS'],
  [
    'live mode with a local Stripe',
    { STRIPE_LIVEMODE: 'yes', STRIPE_API_BASE: 'http://127.0.0.1:1' },
    'STRIPE_API_BASE',
  ],
  [
    'a Redis Cluster with queues in one piece',
    { REDIS_URL: 'redis://a:6379,redis://:hidden@b:6379' },
    'QUEUE_SHARDS',
  ],
  ['live mode that is neither yes nor no', { STRIPE_LIVEMODE: 'maybe' }, 'STRIPE_LIVEMODE'],
  ['a tenant with a slash', { TENANT_ID: 'a/b' }, 'TENANT_ID'],
])('%s is refused', (_name, env, variable) => {
  const problems = problemsOf({ ...good, ...env })
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain(variable)
})

test('the printable form shows no secret', () => {
  const printed = JSON.stringify(printableConfig(readConfig(good)))
  expect(printed).toContain('"stripe_webhook_secrets_configured":true')
  for (const secret of ['hidden', 'whsec_']) expect(printed).not.toContain(secret)
})
