// Owns waiting in tests: on a condition, never on time.

import { setTimeout as pause } from 'node:timers/promises'

/** How long a condition may take on a slow machine before the test says what never came (ms). */
const patienceMs = 45_000
/** Between two looks at the condition (ms). */
const betweenMs = 15

/** Resolves with the first value that is neither false, null nor undefined; rejects naming what was waited for. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  options: { patienceMs?: number; betweenMs?: number } = {},
): Promise<T> {
  const end = Date.now() + (options.patienceMs ?? patienceMs)
  for (;;) {
    const value = await condition()
    if (value !== false && value !== null && value !== undefined) return value
    if (Date.now() > end) throw new Error(`never came: ${what}`)
    await pause(options.betweenMs ?? betweenMs)
  }
}
