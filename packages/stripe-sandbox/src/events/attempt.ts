/** Owns what is remembered of one attempt to deliver an event. */
import type { StoredEvent } from './stored-event.ts'
import type { Target } from './targets.ts'

/** One attempt. Times in milliseconds on the sandbox's clock. */
export type Attempt = {
  readonly at: number
  readonly event: string
  readonly type: string
  readonly endpoint: string
  readonly url: string
  /** 1 is the first; null for one by hand. */
  readonly number: number | null
  readonly ok: boolean
  /** The status of the answer, or why there is none. */
  readonly result: string
  /** When it is tried again; null: never. */
  readonly next_at: number | null
}

/** Describes an attempt. */
export function attemptOf(
  at: number,
  event: Pick<StoredEvent, 'id' | 'type'>,
  target: Pick<Target, 'id' | 'url'>,
  outcome: Pick<Attempt, 'number' | 'ok' | 'result'> & { readonly next_at?: number | null },
): Attempt {
  const { id, type } = event
  return { at, event: id, type, endpoint: target.id, url: target.url, next_at: null, ...outcome }
}
