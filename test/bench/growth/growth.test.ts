// The steps of growth end where they were asked to, however few are asked for.

import { expect, test } from 'vitest'
import { stepsTo } from './growth.ts'

test('growth goes by tens and ends at exactly as many customers as were asked for', () => {
  expect(stepsTo(100_000)).toEqual([1_000, 10_000, 100_000])
  expect(stepsTo(20_000)).toEqual([1_000, 10_000, 20_000])
  expect(stepsTo(1_000)).toEqual([1_000])
  expect(stepsTo(5)).toEqual([5])
})
