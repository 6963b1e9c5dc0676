// Work of one key is done in turn in this process; another key is not held up.

import { expect, test } from 'vitest'
import { oneAtATime } from '../../src/clock/one-at-a-time.ts'

test('work of one key runs in turn, though what came before failed; another key does not wait', async () => {
  const inTurn = oneAtATime()
  const order: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = inTurn('a', async () => {
    await gate.promise
    order.push('first')
    throw new Error('first')
  })
  const second = inTurn('a', async () => order.push('second'))
  await inTurn('b', async () => order.push('other'))
  expect(order).toEqual(['other'])
  gate.resolve()
  await expect(first).rejects.toThrow('first')
  await second
  expect(order).toEqual(['other', 'first', 'second'])
})
