// What the benchmarks promise besides speed: honest medians, and a call that is understood or refused.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { median, reached } from './benchmark.ts'

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
})
