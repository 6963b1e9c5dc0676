// Which provider serves, and what a person reads where none can.
import { chmod, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cacheFolder } from '../src/cache/cache-entry.ts'
import { startMongo, startRedis } from '../src/index.ts'
import { folderForTest } from './support/processes.ts'

/** No engine listens there. */
const noDocker = 'unix:///nonexistent/docker.sock'

async function writeProgram(folder: string, name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`)
  await chmod(join(folder, name), 0o755)
}

test('a URL that was set is used, and what it names is left running', async () => {
  const real = await startRedis({ env: {}, announce: () => {} })
  onTestFinished(() => real.stop())
  const lines: string[] = []
  const given = await startRedis({ env: { REDIS_URL: real.url }, announce: (line) => lines.push(line) })
  expect(given).toMatchObject({ url: real.url, provider: 'REDIS_URL', pids: [] })
  expect(lines).toEqual([expect.stringContaining('REDIS_URL')])
  await expect(given.kill()).rejects.toThrow('not started here')
  await given.stop()
  expect(real.mainPid).toBeDefined()
})

test.each([
  ['MONGO_URL', startMongo, 'mongodb://somebody:secret@127.0.0.1:9/?serverSelectionTimeoutMS=200'],
  ['REDIS_URL', startRedis, 'redis://somebody:secret@127.0.0.1:9'],
])(
  'a %s that does not answer is an error without its password, never passed over',
  async (name, start, url) => {
    const failure = await start({ env: { [name]: url }, announce: () => {} }).catch((error: unknown) => error)
    expect(String(failure)).toMatch(new RegExp(`${name} names 127.0.0.1:9, which does not answer`))
    expect(String(failure)).not.toContain('secret')
  },
)

test('where nothing works, one error names each provider, the reason and the remedy', async () => {
  const env = { PATH: await folderForTest(), DOCKER_HOST: noDocker }
  const redis = String(await startRedis({ env, announce: () => {} }).catch((error: unknown) => error))
  expect(redis).toMatch(/^Error: No Redis for this machine. Tried, in this order:/)
  const mongo = String(await startMongo({ env, announce: () => {} }).catch((error: unknown) => error))
  expect(mongo).toMatch(/^Error: No MongoDB for this machine. Tried, in this order:/)
  const order = (text: string) =>
    text.split('\n').flatMap((line) => /^ {2}- ([^:]+): ./.exec(line)?.[1] ?? [])
  expect(order(redis)).toEqual([
    'REDIS_URL',
    'Docker',
    'a redis-server in PATH',
    'redis-server from a Debian package',
  ])
  expect(order(mongo)).toEqual([
    'MONGO_URL',
    'Docker',
    'a mongod in PATH',
    'a stand-in built from packages (FerretDB over PostgreSQL)',
  ])
  for (const remedy of ['start Docker', 'install MongoDB', 'MONGO_URL']) expect(mongo).toContain(remedy)
  for (const remedy of ['start Docker', 'apt-get install redis-server']) expect(redis).toContain(remedy)
})

test('a server in PATH comes before a package', async () => {
  // The package's own program, found through PATH.
  await startRedis({ env: {}, announce: () => {} }).then((service) => service.stop())
  const folder = join(cacheFolder(process.env), 'redis-package-1')
  const PATH = await folderForTest()
  const library = `LD_LIBRARY_PATH=$(echo ${folder}/usr/lib/*-linux-gnu)`
  await writeProgram(PATH, 'redis-server', `export ${library}; exec ${folder}/usr/bin/redis-server "$@"`)
  const env = { PATH: `${PATH}:${process.env.PATH}`, DOCKER_HOST: noDocker }
  const service = await startRedis({ env, announce: () => {} })
  onTestFinished(() => service.stop())
  expect(service.provider).toBe('binary')
})

test('a server in PATH that is too old is passed over, with its version named', async () => {
  const PATH = await folderForTest()
  await writeProgram(PATH, 'redis-server', 'echo "Redis server v=5.0.14 sha=00000000:0"')
  await writeProgram(PATH, 'mongod', 'echo "db version v4.4.29"')
  const env = { PATH, DOCKER_HOST: noDocker }
  await expect(startRedis({ env, announce: () => {} })).rejects.toThrow('is 5.0.14, older than 6.2')
  await expect(startMongo({ env, announce: () => {} })).rejects.toThrow('is db version v4.4.29')
})

test('an engine that answers but runs no container is passed over, with the reason', {
  timeout: 30_000,
}, async () => {
  const folder = await folderForTest()
  const engine = createServer((request, answer) => {
    answer.statusCode = request.url === '/_ping' ? 200 : 500
    answer.end('no')
  })
  await new Promise<void>((done) => engine.listen(join(folder, 'docker.sock'), done))
  onTestFinished(() => void engine.close())
  const env = { PATH: folder, DOCKER_HOST: `unix://${folder}/docker.sock` }
  await expect(startRedis({ env, announce: () => {} })).rejects.toThrow(
    /Docker: an engine answers, but redis:8/,
  )
})
