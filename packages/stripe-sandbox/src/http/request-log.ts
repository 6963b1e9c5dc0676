/**
 * Owns the log of API requests.
 * Promises: the last `request_log_size` requests in the order of their end, with what a test needs to know and no bodies.
 */
import { createRecent, type Recent } from '../recent.ts'
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
export type RequestLog = Recent<LoggedRequest>

/** Makes an empty log. */
export function createRequestLog(settings: SandboxSettings): RequestLog {
  return createRecent(() => settings.request_log_size)
}
