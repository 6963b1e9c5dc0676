// Owns a small bounded memory of answers that may be a little old: API keys and tenant records.
// Promises: an answer is at most `ttlMs` old; simultaneous questions share one read; failures are not remembered.

import type { Clock } from '@lockstep/domain/clock/clock'

export interface TtlCacheOptions<Value> {
  ttlMs: number
  entriesMax: number
  clock: Clock
  read: (key: string) => Promise<Value | null>
}

/** Reads through the cache. What is absent (null) is asked for again each time, so a new key works at once. */
export function ttlCache<Value>(options: TtlCacheOptions<Value>): (key: string) => Promise<Value | null> {
  const entries = new Map<string, { until: number; value: Promise<Value | null> }>()
  return async (key) => {
    const now = options.clock.now()
    const held = entries.get(key)
    if (held && held.until > now) return await held.value
    const entry = { until: now + options.ttlMs, value: options.read(key) }
    entries.delete(key)
    entries.set(key, entry)
    // A Map keeps insertion order, so the first key is the oldest.
    const oldest = entries.size > options.entriesMax ? entries.keys().next().value : undefined
    if (oldest !== undefined) entries.delete(oldest)
    const forget = () => {
      if (entries.get(key) === entry) entries.delete(key)
    }
    try {
      const value = await entry.value
      if (value === null) forget()
      return value
    } catch (error) {
      forget()
      throw error
    }
  }
}
