// Tests destroy only what they started, or what was marked as theirs.
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import { startMongo, startRedis, startTestMongo, startTestRedis } from '../src/index.ts'

const announce = () => {}

test('a Redis in TEST_REDIS_URL is taken only with its marker, and keeps it through a flush', async () => {
  const real = await startRedis({ env: {}, announce })
  onTestFinished(() => real.stop())
  const client = new Redis(real.url)
  onTestFinished(() => client.disconnect())
  const options = { env: { TEST_REDIS_URL: real.url }, announce }
  await expect(startTestRedis(options)).rejects.toThrow(
    /not marked.*set lockstep:test-marker may-be-destroyed/s,
  )
  await client.set('lockstep:test-marker', 'may-be-destroyed')
  const service = await startTestRedis(options)
  expect(service).toMatchObject({ url: real.url, provider: 'TEST_REDIS_URL' })
  await client.flushall()
  await service.stop()
  await expect(startTestRedis(options)).resolves.toBeDefined()
})

test('a MongoDB in TEST_MONGO_URL is taken only with its marker', { timeout: 600_000 }, async () => {
  const real = await startMongo({ env: {} })
  onTestFinished(() => real.stop())
  const client = new MongoClient(real.url)
  onTestFinished(() => client.close())
  const options = { env: { TEST_MONGO_URL: real.url }, announce }
  await expect(startTestMongo(options)).rejects.toThrow(/not marked.*lockstep_test_marker/s)
  const markers = client.db('lockstep_test_marker').collection<{ _id: string }>('marker')
  await markers.insertOne({ _id: 'may-be-destroyed' })
  const service = await startTestMongo(options)
  expect(service).toMatchObject({ url: real.url, provider: 'TEST_MONGO_URL' })
})

test('REDIS_URL and MONGO_URL are never what tests get', async () => {
  const real = await startRedis({ env: {}, announce })
  onTestFinished(() => real.stop())
  const service = await startTestRedis({ env: { REDIS_URL: real.url }, announce })
  onTestFinished(() => service.stop())
  expect(service.url).not.toBe(real.url)
  // Marked or not: the same server under both names is refused.
  const both = { REDIS_URL: `${real.url}/0`, TEST_REDIS_URL: `${real.url}/1` }
  await expect(startTestRedis({ env: both, announce })).rejects.toThrow('both name')
  const mongo = 'mongodb://127.0.0.1:9/'
  const bothMongo = { MONGO_URL: mongo, TEST_MONGO_URL: `${mongo}?w=majority` }
  await expect(startTestMongo({ env: bothMongo, announce })).rejects.toThrow('both name')
})
