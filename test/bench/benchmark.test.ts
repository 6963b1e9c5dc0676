// What the benchmarks promise besides speed: honest medians, loads that spare nobody, nothing lost unnoticed, and a call that is
// understood or refused.

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { median, reached } from './benchmark.ts'
import { openClosers } from './closers.ts'
import { saturate } from './load/saturate.ts'
import { steadily } from './load/steady.ts'
import { faultsOf } from './stack/stored-once.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

function bench(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [main, ...args], (error, out, err) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    )
  })
}

test('a figure is the middle of its runs, whatever their order, and of two the worse for a rate', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([10, 5])).toBe(5)
  expect(median([7])).toBe(7)
  expect(() => median([])).toThrow('without a run')
})

test('what was asked is judged by the median alone', () => {
  const figure = { name: 'f', unit: '/s', runs: [1, 5, 9] } as const
  expect(reached({ ...figure, asked: { atLeast: 5 } })).toBe(true)
  expect(reached({ ...figure, asked: { atLeast: 6 } })).toBe(false)
  expect(reached({ ...figure, asked: { atMost: 5 } })).toBe(true)
  expect(reached({ ...figure, asked: { atMost: 4 } })).toBe(false)
  expect(reached(figure)).toBeNull()
})

test('help tells the benchmarks, and a name that is none ends with 2 and tells them too', async () => {
  const help = await bench('--help')
  expect(help.code).toBe(0)
  expect(help.out).toContain('sandbox')
  const unknown = await bench('sandbocks')
  expect(unknown.code).toBe(2)
  expect(unknown.err).toContain('there is no benchmark sandbocks')
  expect(unknown.err).toContain('usage: pnpm bench')
  expect((await bench('--fast')).code).toBe(2)
  expect((await bench('--seconds', '0')).err).toContain('--seconds needs a whole number')
})

test('what was acknowledged and is lost, doubled or another’s is found, and so is what nobody sent', () => {
  const acknowledged = new Map([
    ['a', '1'],
    ['b', '2'],
    ['c', '3'],
    ['d', '4'],
  ])
  const stored = [
    { name: 'a', id: '1' },
    { name: 'a', id: '1' },
    { name: 'b', id: '2' },
    { name: 'b', id: '5' },
    { name: 'd', id: '6' },
    { name: 'e', id: '7' },
  ]
  expect(faultsOf(acknowledged, stored)).toEqual([
    'b is stored 2 times',
    'c was acknowledged and is lost',
    'd was acknowledged as 4 and stands as another record',
    'e is stored unacknowledged',
  ])
  expect(faultsOf(new Map([['a', '1']]), [{ name: 'a', id: '1' }])).toEqual([])
})

test('in an open load a stall counts against every request that was due in it', async () => {
  const stalled = Promise.withResolvers<void>()
  let answered = 0
  // The first answer holds up all others, as a server that has stalled does.
  const server = createServer((_request, response) => {
    void stalled.promise.then(() => response.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const load = steadily({
    url: `http://127.0.0.1:${port}`,
    perSecond: 100,
    ms: 500,
    request: () => ({ method: 'GET', path: '/', headers: {} }),
    answered: () => answered++,
  })
  const connections = () =>
    new Promise<number>((told) => server.getConnections((_error, count) => told(count)))
  // Nothing waits for an answer: all fifty are on their way at once.
  await until('all of them were sent', async () => (await connections()) === 50)
  expect(answered).toBe(0)
  stalled.resolve()
  const { answers, percentile } = await load
  expect(answers).toBe(50)
  // They were due ten milliseconds apart and answered together.
  expect(percentile(0)).toBeLessThan(percentile(50))
  expect(percentile(50)).toBeLessThan(percentile(100))
  server.close()
})

test('an answer that is no success ends a load: what fails fast is not fast', async () => {
  const server = createServer((_request, response) => response.writeHead(503).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const request = () => ({ method: 'GET', path: '/', headers: {} }) as const
  await expect(saturate({ url, connections: 2, ends: { total: 10 }, request })).rejects.toThrow(
    'answered 503',
  )
  await expect(steadily({ url, perSecond: 100, ms: 200, request })).rejects.toThrow('answered 503')
  server.close()
})

test('what a benchmark opened is closed once, the last one first', async () => {
  const closed: string[] = []
  const closers = openClosers()
  for (const name of ['first', 'last'])
    closers.add(async () => {
      closed.push(name)
    })
  await closers.close()
  await closers.close()
  expect(closed).toEqual(['last', 'first'])
})
