/** Owns the doors of the clock. */
import type { Door } from './door.ts'

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
      'Moves the clock by {seconds}; answers when everything that fell due (retries, pruning) has happened.',
    run: async ({ core, body }) => {
      const seconds = body['seconds']
      if (typeof seconds !== 'number' || !(seconds >= 0) || !Number.isFinite(seconds)) {
        throw new Error('seconds must be a number, 0 or more')
      }
      await core.clock.advance(seconds * 1000)
      core.keepClock()
      return { now: core.clock.seconds(), now_ms: core.clock.now(), ahead_ms: core.clock.offset() }
    },
  },
]
