import { expect, test } from 'vitest'
import { gather } from '../../src/store/gather.ts'

const away = new Error('away')

/** Runs that end when they are told to, and what each was given. */
function heldRuns(answer: (item: number) => string = String) {
  const runs: { items: number[]; end: () => void }[] = []
  const ask = gather<number, string>({
    most: 4,
    atOnce: 1,
    company: () => new Promise((go) => setImmediate(go)),
    isCommon: (error) => error === away,
    run: (items) =>
      new Promise((resolve, reject) => {
        const end = () => {
          try {
            resolve(items.map(answer))
          } catch (error) {
            reject(error)
          }
        }
        runs.push({ items, end })
      }),
  })
  const started = async (count: number) => {
    await expect.poll(() => runs.length).toBe(count)
    return runs[count - 1] ?? { items: [], end: () => undefined }
  }
  return { runs, ask, started }
}

test('what comes together runs together, and each gets its own answer', async () => {
  const { ask, started } = heldRuns()
  const answers = Promise.all([1, 2, 3].map(ask))
  const only = await started(1)
  expect(only.items).toEqual([1, 2, 3])
  only.end()
  expect(await answers).toEqual(['1', '2', '3'])
})

test('what comes while others are under way never joins them: it would see what was there before it asked', async () => {
  const { ask, started } = heldRuns()
  const first = ask(1)
  const running = await started(1)
  const later = [2, 3, 4, 5, 6].map(ask)
  running.end()
  await first
  const next = await started(2)
  expect(next.items).toEqual([2, 3, 4, 5])
  next.end()
  const last = await started(3)
  expect(last.items).toEqual([6])
  last.end()
  expect(await Promise.all(later)).toEqual(['2', '3', '4', '5', '6'])
})

test('an item that breaks its run fails alone', async () => {
  const { ask, started } = heldRuns((item) => {
    if (item === 2) throw new Error('poison')
    return String(item)
  })
  const answers = Promise.allSettled([1, 2, 3].map(ask))
  const together = await started(1)
  together.end()
  for (const [index, item] of [1, 2, 3].entries()) {
    const alone = await started(2 + index)
    expect(alone.items).toEqual([item])
    alone.end()
  }
  expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('an error that is nobody’s fault fails all, and nothing is run again', async () => {
  const { runs, ask, started } = heldRuns(() => {
    throw away
  })
  const answers = Promise.allSettled([1, 2, 3].map(ask))
  const together = await started(1)
  together.end()
  expect((await answers).every(({ status }) => status === 'rejected')).toBe(true)
  expect(runs).toHaveLength(1)
})
