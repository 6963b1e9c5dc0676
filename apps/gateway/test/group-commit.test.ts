import { systemClock } from '@lockstep/domain/clock/clock'
import { StoreUnavailable } from '@lockstep/domain/store/store'
import { expect, test } from 'vitest'
import { groupCommit } from '../src/group-commit.ts'

const time = { elapsed: () => 0, clock: systemClock }

test('items that come together share a flush, in their order, each with its own result', async () => {
  const flushes: number[][] = []
  const commit = groupCommit<number, string>({
    ...time,
    async write(items) {
      flushes.push(items)
      return items.map(String)
    },
  })
  const results = await Promise.all(Array.from({ length: 600 }, (_, n) => commit(n)))
  expect(results).toEqual(Array.from({ length: 600 }, (_, n) => String(n)))
  expect(flushes.flat()).toEqual(Array.from({ length: 600 }, (_, n) => n))
  expect(Math.max(...flushes.map((items) => items.length))).toBe(256)
  expect(flushes.length).toBeLessThan(10)
})

test('an item that breaks its flush fails alone', async () => {
  const commit = groupCommit<number, number>({
    ...time,
    async write(items) {
      if (items.includes(7)) throw new Error('poison')
      return items
    },
  })
  const results = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => commit(n)))
  expect(results.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))).toEqual([7])
})

test('while the database is away a flush fails as a whole, and the next one is on its own', async () => {
  let broken = true
  const commit = groupCommit<number, number>({
    ...time,
    async write(items) {
      if (broken) throw new StoreUnavailable(new Error('off'))
      return items
    },
  })
  await expect(Promise.all([commit(1), commit(2)])).rejects.toThrow(StoreUnavailable)
  broken = false
  expect(await commit(3)).toBe(3)
})

test('at most two flushes are on their way at once', async () => {
  const open: (() => void)[] = []
  const commit = groupCommit<number, number>({
    ...time,
    async write(items) {
      await new Promise<void>((resolve) => open.push(resolve))
      return items
    },
  })
  const results = Array.from({ length: 256 * 4 }, (_, n) => commit(n))
  await expect.poll(() => open.length).toBe(2)
  for (let written = 0; written < 4; written++) {
    await expect.poll(() => open.length).toBeGreaterThan(0)
    expect(open.length).toBeLessThanOrEqual(2)
    open.shift()?.()
    await results[(written + 1) * 256 - 1]
  }
  expect(await Promise.all(results)).toHaveLength(1024)
})

test('more than can wait is refused with the time to come back', async () => {
  let release = () => {}
  const stuck = new Promise<void>((resolve) => (release = resolve))
  const commit = groupCommit<number, number>({
    ...time,
    async write(items) {
      await stuck
      return items
    },
  })
  const all = Array.from({ length: 25_000 }, (_, n) =>
    commit(n).catch((error: { code: string }) => error.code),
  )
  release()
  const results = await Promise.all(all)
  expect(results).toContain('unavailable')
  expect(results.filter((result) => result !== 'unavailable').length).toBeGreaterThanOrEqual(20_000)
})
