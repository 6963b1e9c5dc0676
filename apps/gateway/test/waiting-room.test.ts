// A hot customer must not fill the queue for all, and finding that out must not cost a count for each write.

import { expect, test } from 'vitest'
import { waitingRooms } from '../src/customers/waiting-room.ts'

const ref = { tenantId: 't', customerId: 'c' }

/** Gateways that admit to one customer whose operations nobody applies. */
function gateways(count: number, max: number) {
  const state = { waiting: 0, counts: 0 }
  const rooms = Array.from({ length: count }, () =>
    waitingRooms({
      max,
      count: async (_, limit) => {
        state.counts++
        return Math.min(state.waiting, limit)
      },
    }),
  )
  const write = async (by: number): Promise<boolean> => {
    const admitted = (await rooms[by % count]?.admit(ref)) ?? false
    if (admitted) state.waiting++
    return admitted
  }
  return { state, write }
}

test('one gateway lets in exactly as many as may wait, counting seldom', async () => {
  const { state, write } = gateways(1, 1_000)
  for (let each = 0; each < 1_100; each++) await write(0)
  expect(state.waiting).toBe(1_000)
  expect(await write(0)).toBe(false)
  // The hundred refusals are counted each; of the others few.
  expect(state.counts).toBeLessThan(101 + 60)
})

test('eight gateways at once let in no more than may wait', async () => {
  const { state, write } = gateways(8, 1_000)
  for (let each = 0; each < 8_000; each++) await write(each)
  expect(state.waiting).toBeLessThanOrEqual(1_000)
  expect(state.waiting).toBeGreaterThan(900)
})

test('whoever was refused is let in again once operations were applied', async () => {
  const { state, write } = gateways(1, 10)
  while (await write(0));
  state.waiting = 3
  expect(await write(0)).toBe(true)
})

test('what is known of one customer says nothing of another, and the longest unused are forgotten', async () => {
  let counts = 0
  const rooms = waitingRooms({
    max: 1_000,
    count: async ({ customerId }) => {
      counts++
      return customerId === 'full' ? 1_000 : 0
    },
  })
  expect(await rooms.admit({ ...ref, customerId: 'full' })).toBe(false)
  for (let each = 0; each < 10_001; each++) await rooms.admit({ ...ref, customerId: `c${each}` })
  counts = 0
  await rooms.admit({ ...ref, customerId: 'c10000' })
  expect(counts).toBe(0)
  await rooms.admit({ ...ref, customerId: 'c0' })
  expect(counts).toBe(1)
})
