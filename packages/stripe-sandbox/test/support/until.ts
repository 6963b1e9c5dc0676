/** Owns waiting in tests: on a condition, never on time. */
import { vi } from 'vitest'

/** How long a condition may take on a slow machine before the test says what never came (ms). */
const timeout = 45_000
/** Between two looks at the condition (ms). */
const interval = 15

/** Resolves with the first value that is truthy; rejects naming what was waited for. */
export function until<T>(
  what: string,
  condition: () => T | Promise<T>,
): Promise<Exclude<T, false | null | undefined>> {
  return vi.waitUntil(condition, { timeout, interval }).catch((cause: unknown) => {
    throw new Error(`never came: ${what}`, { cause })
  }) as Promise<Exclude<T, false | null | undefined>> // It resolves with nothing else.
}
