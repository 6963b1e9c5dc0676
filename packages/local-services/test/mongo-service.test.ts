// A MongoDB that was started here: what is kept, what is separate, what is told.
import { MongoClient, type MongoClientOptions } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import { type LocalService, type LocalServiceOptions, startMongo } from '../src/index.ts'
import { folderForTest, isRunning } from './support/processes.ts'

/** Building the stand-in takes minutes where the cache is cold. */
const timeout = 600_000

async function mongoForTest(options: LocalServiceOptions = {}): Promise<LocalService> {
  const service = await startMongo({ env: {}, ...options })
  onTestFinished(() => service.stop())
  return service
}

function itemsForTest(url: string, options: MongoClientOptions = {}) {
  const client = new MongoClient(url, { writeConcern: { w: 'majority', journal: true }, ...options })
  onTestFinished(() => client.close())
  return client.db('test').collection<{ _id: number }>('items')
}

test('instances side by side share neither port nor data', { timeout }, async () => {
  const services = await Promise.all([mongoForTest(), mongoForTest()])
  const [one, other] = services.map((service) => itemsForTest(service.url))
  await one?.insertOne({ _id: 1 })
  expect(await other?.countDocuments()).toBe(0)
  expect(await one?.countDocuments()).toBe(1)
})

test('no write acknowledged around a kill -9 is lost, and the address stays', { timeout }, async () => {
  const service = await mongoForTest()
  const { url } = service
  const items = itemsForTest(url, { serverSelectionTimeoutMS: 1_000 })
  await items.insertOne({ _id: 0 })
  const acknowledged = [0]
  let goOn = true
  const write = async (writer: number) => {
    for (let count = 1; goOn; count++) {
      const id = writer * 1_000_000 + count
      await items.insertOne({ _id: id }).then(
        () => acknowledged.push(id),
        () => new Promise((later) => setImmediate(later)),
      )
    }
  }
  const writers = [1, 2, 3, 4, 5, 6, 7, 8].map(write)
  await expect.poll(() => acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(300)
  await service.kill('SIGKILL')
  const beforeKill = acknowledged.length
  await service.restart()
  expect(service.url).toBe(url)
  await expect.poll(() => acknowledged.length).toBeGreaterThan(beforeKill + 100)
  goOn = false
  await Promise.all(writers)
  const stored = new Set((await items.find().toArray()).map((item) => item._id))
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
})

test('a death nobody asked for is told, and a restart brings the service back', { timeout }, async () => {
  const service = await mongoForTest()
  const deaths: string[] = []
  service.onDeath((what) => deaths.push(what))
  for (const pid of [service.mainPid, service.gatewayPid]) {
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  }
  const parts = service.gatewayPid === undefined ? 1 : 2
  await expect.poll(() => deaths.length).toBe(parts)
  await service.restart()
  await itemsForTest(service.url).insertOne({ _id: 1 })
})

test('a frozen service answers nothing until it goes on', { timeout }, async () => {
  const service = await mongoForTest()
  const items = itemsForTest(service.url, {
    socketTimeoutMS: 500,
    serverSelectionTimeoutMS: 500,
    retryReads: false,
  })
  await items.insertOne({ _id: 1 })
  await service.kill('SIGSTOP')
  await expect(items.findOne({ _id: 1 })).rejects.toThrow()
  await service.kill('SIGCONT')
  await expect.poll(() => items.findOne({ _id: 1 }).catch(() => null)).toEqual({ _id: 1 })
})

test('a data folder of the caller outlives stop and serves the next start', { timeout }, async () => {
  const dataDir = await folderForTest()
  const first = await mongoForTest({ dataDir })
  await itemsForTest(first.url).insertOne({ _id: 7 })
  const { pids } = first
  await first.stop()
  expect(await Promise.all(pids.map(isRunning))).toEqual(pids.map(() => false))
  const second = await mongoForTest({ dataDir })
  expect(await itemsForTest(second.url).findOne()).toEqual({ _id: 7 })
})

test('two servers never work on one data folder', { timeout }, async () => {
  const dataDir = await folderForTest()
  await mongoForTest({ dataDir })
  await expect(mongoForTest({ dataDir })).rejects.toThrow('another server is using')
})
