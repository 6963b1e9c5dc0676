/**
 * Owns the log of API requests.
 * Promises: the last `request_log_size` requests in the order of their end, with what a test needs to know and no bodies.
 */
import type { SandboxSettings } from '../settings.ts'

/** One request. `at` is the arrival in milliseconds on the sandbox's clock; `status` 0 means that the connection was cut. */
export type LoggedRequest = {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly status: number
  readonly idempotency_key: string | null
  readonly request_id: string
  readonly at: number
  readonly ms: number
  readonly account: string | null
  readonly replayed: boolean
  readonly code: string | null
}

/** The log. */
export type RequestLog = {
  add(request: LoggedRequest): void
  list(): LoggedRequest[]
  clear(): void
}

/** Makes an empty log. */
export function createRequestLog(settings: SandboxSettings): RequestLog {
  let entries: LoggedRequest[] = []
  return {
    add(request) {
      entries.push(request)
      // Cut in blocks: shifting each time would move the whole array for each request.
      if (entries.length > settings.request_log_size * 2 + 100)
        entries = entries.slice(-settings.request_log_size)
    },
    list: () => entries.slice(-Math.max(settings.request_log_size, 1)),
    clear() {
      entries = []
    },
  }
}
