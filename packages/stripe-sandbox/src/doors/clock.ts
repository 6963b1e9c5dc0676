/** Owns the doors of the clock. */
import type { Door } from './door.ts'

/** Ten years at once: what is billed by the day has then been billed 3,652 times, which takes seconds. */
const advanceMaxSeconds = 10 * 365.25 * 86_400
const lastMs = Date.UTC(9999, 11, 31)

/** Read and advance. */
export const clockDoors: readonly Door[] = [
  {
    method: 'GET',
    path: '/_sandbox/clock',
    about: 'The time on the sandbox clock, and how far it is ahead of the wall.',
    run: ({ core }) => ({
      now: core.clock.seconds(),
      now_ms: core.clock.now(),
      ahead_ms: core.clock.offset(),
    }),
  },
  {
    method: 'POST',
    path: '/_sandbox/clock/advance',
    about:
      'Moves the clock by {seconds}, at most ten years; answers when everything that fell due (retries, pruning) has happened.',
    run: async ({ core, body }) => {
      const seconds = body['seconds']
      if (typeof seconds !== 'number' || !(seconds >= 0 && seconds <= advanceMaxSeconds))
        throw new Error(`seconds must be a number from 0 to ${advanceMaxSeconds} (ten years)`)
      if (core.clock.now() + seconds * 1000 > lastMs)
        throw new Error(
          'the clock would leave the year 9999, and dates would not be written as dates any more',
        )
      await core.clock.advance(seconds * 1000)
      core.keepClock()
      return { now: core.clock.seconds(), now_ms: core.clock.now(), ahead_ms: core.clock.offset() }
    },
  },
]
