// A worker that is configured wrongly or unsafely does not start, and says everything that is wrong at once.

import { expect, test } from 'vitest'
import { readWorkerConfig, shownConfig } from '../src/config.ts'

const good = {
  MONGO_URL: 'mongodb://user:secret@127.0.0.1:27017/lockstep',
  REDIS_URL: 'redis://:secret@127.0.0.1:6379',
  STRIPE_SECRET_KEY: 'sk_test_123',
}

test('nothing but the three addresses and keys is needed', () => {
  expect(readWorkerConfig(good)).toMatchObject({
    livemode: false,
    limitAccount: 25,
    STRIPE_LIMIT_ENDPOINT: 25,
  })
  expect(readWorkerConfig({ ...good, STRIPE_SECRET_KEY: 'rk_live_1' })).toMatchObject({
    livemode: true,
    limitAccount: 100,
  })
})

test('an empty variable is an absent one', () => {
  expect(
    readWorkerConfig({ ...good, STRIPE_API_BASE: '', STRIPE_ACCOUNT: '' }).STRIPE_API_BASE,
  ).toBeUndefined()
})

test('all problems are told at once', () => {
  const start = () =>
    readWorkerConfig({ STRIPE_SECRET_KEY: 'pk_test_1', WORKER_PORT: 'x', DOUBT_GRACE_MS: '5' })
  for (const name of ['MONGO_URL', 'REDIS_URL', 'STRIPE_SECRET_KEY', 'WORKER_PORT', 'DOUBT_GRACE_MS']) {
    expect(start).toThrow(name)
  }
})

test('what is missing is told by what it must be', () => {
  const start = () => readWorkerConfig({})
  expect(start).toThrow('MONGO_URL must be a URL like mongodb://')
  expect(start).toThrow('REDIS_URL must be a URL like redis://')
  expect(start).toThrow('STRIPE_SECRET_KEY must be a Stripe secret or restricted key')
})

test('a live key is never sent to a sandbox, nor the sandbox used in production', () => {
  const sandbox = { ...good, STRIPE_API_BASE: 'http://127.0.0.1:12111' }
  expect(() => readWorkerConfig({ ...sandbox, NODE_ENV: 'production' })).toThrow('sandbox')
  expect(() => readWorkerConfig({ ...sandbox, NODE_ENV: 'test', STRIPE_SECRET_KEY: 'sk_live_1' })).toThrow(
    'sandbox',
  )
  expect(() => readWorkerConfig({ ...sandbox, NODE_ENV: 'test' })).not.toThrow()
})

test('no secret is shown', () => {
  const shown = JSON.stringify(shownConfig(readWorkerConfig(good)))
  expect(shown).not.toContain('secret@')
  expect(shown).not.toContain('sk_test_123')
  expect(shown).toContain('"stripe_secret_key_configured":true')
})

test('on a Redis Cluster the queues are parted, and its addresses are shown without their passwords', () => {
  const cluster = { ...good, REDIS_URL: 'redis://:secret@a:6379,redis://:secret@b:6379' }
  expect(() => readWorkerConfig(cluster)).toThrow('QUEUE_SHARDS')
  const shown = shownConfig(readWorkerConfig({ ...cluster, QUEUE_SHARDS: '8' }))
  expect(shown).toMatchObject({ redis_host: 'a:6379,b:6379', QUEUE_SHARDS: 8 })
})
