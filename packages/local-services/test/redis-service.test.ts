// A Redis that was started here: what is kept, what is separate, what is told.
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { type LocalService, type LocalServiceOptions, startRedis } from '../src/index.ts'
import { folderForTest, isRunning } from './support/processes.ts'

async function redisForTest(options: LocalServiceOptions = {}): Promise<LocalService> {
  const service = await startRedis({ env: {}, announce: () => {}, ...options })
  onTestFinished(() => service.stop())
  return service
}

function clientForTest(url: string): Redis {
  const client = new Redis(url)
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  return client
}

test('instances side by side share neither port nor data', async () => {
  const services = await Promise.all([redisForTest(), redisForTest(), redisForTest()])
  expect(new Set(services.map((service) => service.url)).size).toBe(3)
  const clients = services.map((service) => clientForTest(service.url))
  await Promise.all(clients.map((client, index) => client.set('who', index)))
  expect(await Promise.all(clients.map((client) => client.get('who')))).toEqual(['0', '1', '2'])
})

test('it runs as queues need it: append-only file, nothing evicted, loopback only', async () => {
  const client = clientForTest((await redisForTest()).url)
  const settings = ['appendonly', 'appendfsync', 'maxmemory-policy', 'bind']
  const answers = await Promise.all(settings.map((name) => client.config('GET', name)))
  expect(answers.map((answer) => Object.values(Object(answer)).at(-1))).toEqual([
    'yes',
    'everysec',
    'noeviction',
    '127.0.0.1',
  ])
})

test('writes that left Redis’ own memory before a kill -9 are there after the restart, at the same address', async () => {
  const service = await redisForTest()
  const { url } = service
  const before = clientForTest(url)
  await Promise.all(Array.from({ length: 500 }, (_, index) => before.set(`key-${index}`, index)))
  // While a disk is slow to sync, `everysec` keeps answered writes in memory for up to two seconds.
  await expect
    .poll(async () => await before.info('persistence'), { timeout: 10_000 })
    .toContain('aof_buffer_length:0\r')
  await service.kill('SIGKILL')
  expect(service.mainPid).toBeUndefined()
  await service.restart()
  expect(service.url).toBe(url)
  expect(await clientForTest(url).dbsize()).toBe(500)
})

test('a death nobody asked for is told; one that was asked for is not', async () => {
  const service = await redisForTest()
  const deaths: string[] = []
  service.onDeath((what) => deaths.push(what))
  await service.kill()
  await service.restart()
  expect(deaths).toEqual([])
  process.kill(service.mainPid ?? 0, 'SIGKILL')
  await expect.poll(() => deaths).toEqual([expect.stringContaining('redis-server ended (SIGKILL)')])
  await service.restart()
  expect(await clientForTest(service.url).ping()).toBe('PONG')
})

test('a data folder of the caller outlives stop and serves the next start', async () => {
  const dataDir = await folderForTest()
  const first = await redisForTest({ dataDir })
  await clientForTest(first.url).set('kept', 'yes')
  await first.stop()
  const second = await redisForTest({ dataDir })
  expect(await clientForTest(second.url).get('kept')).toBe('yes')
})

test('after stop nothing runs, and stopping again or starting again does no harm', async () => {
  const service = await redisForTest()
  const { pids } = service
  await service.stop()
  await service.stop()
  expect(await Promise.all(pids.map(isRunning))).toEqual(pids.map(() => false))
  expect(service.pids).toEqual([])
  await expect(service.restart()).rejects.toThrow('do not start again')
})

test('a port that is taken is an error, never an answer of another server', async () => {
  const { url } = await redisForTest()
  const port = Number(new URL(url).port)
  await expect(redisForTest({ port })).rejects.toThrow(`port ${port} on 127.0.0.1 is taken`)
})

test('two servers never work on one data folder', async () => {
  const dataDir = await folderForTest()
  await redisForTest({ dataDir })
  await expect(redisForTest({ dataDir })).rejects.toThrow('another server is using')
})
