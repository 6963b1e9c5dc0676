/**
 * Owns counting in a true sliding second.
 * Promises: `count` is the number of marks in the last 1,000 ms at that instant, never an estimate by buckets.
 */

/** Marks of the last second, oldest first. */
export type SlidingWindow = {
  /** The number of marks younger than one second at `at` (milliseconds). */
  count(at: number): number
  add(at: number): void
}

const secondMs = 1000
/** Spent marks are cut off in blocks: moving the array for each would cost more than the marks take. */
const cutAt = 1024

/** Makes an empty window. */
export function createSlidingWindow(): SlidingWindow {
  let marks: number[] = []
  let first = 0
  return {
    count(at) {
      while (first < marks.length && (marks[first] ?? 0) <= at - secondMs) first++
      if (first > cutAt) {
        marks = marks.slice(first)
        first = 0
      }
      return marks.length - first
    },
    add(at) {
      marks.push(at)
    },
  }
}
