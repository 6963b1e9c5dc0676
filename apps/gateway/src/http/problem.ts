// Owns the one way from an error to an HTTP answer: RFC 9457 problem+json with a stable `code`.
// Promises: nothing personal and nothing internal leaves in a problem; an error that nobody foresaw is `internal`.

import { errorCatalogue, LockstepError } from '@lockstep/domain/error/catalogue'
import { StoreUnavailable } from '@lockstep/domain/store/store'
import type { Answer } from './route.ts'

/** Seconds: a database that is away is usually a failover, over within a few of them. */
const unavailableRetryAfter = 2

/** What the parsers of express call their refusals (`http-errors`' `type`), and what they are here. */
const parserErrors: Record<string, 'malformed_json' | 'too_large' | 'unsupported_media_type'> = {
  'entity.parse.failed': 'malformed_json',
  'entity.too.large': 'too_large',
  'encoding.unsupported': 'unsupported_media_type',
  'charset.unsupported': 'unsupported_media_type',
  'request.aborted': 'malformed_json',
  'request.size.invalid': 'malformed_json',
}

/** The error in the words of the catalogue. Anything unknown is `internal`, with the error as its cause. */
export function asLockstepError(error: unknown): LockstepError {
  if (error instanceof LockstepError) return error
  if (error instanceof StoreUnavailable) {
    return new LockstepError('unavailable', { retryAfter: unavailableRetryAfter, cause: error })
  }
  // A path that cannot be percent-decoded names nothing.
  if (error instanceof URIError) return new LockstepError('not_found')
  const type = parserErrorType(error)
  const code = type === null ? undefined : parserErrors[type]
  // Inflating a broken gzip body fails with zlib's own error, which carries `status: 400` and no type.
  if (code === undefined && hasStatus400(error)) return new LockstepError('malformed_json')
  return new LockstepError(code ?? 'internal', { cause: error })
}

/** The answer that tells of it. `headers` are those that the case itself asks for. */
export function problemAnswer(error: LockstepError, requestId: string): Answer {
  const entry = errorCatalogue[error.code]
  return {
    status: entry.status,
    headers: {
      'Content-Type': 'application/problem+json; charset=utf-8',
      ...(error.retryAfter === undefined ? {} : { 'Retry-After': String(error.retryAfter) }),
      ...(entry.kind === 'unauthenticated' ? { 'WWW-Authenticate': 'Bearer realm="lockstep"' } : {}),
    },
    body: {
      type: `urn:lockstep:problem:${error.code}`,
      title: entry.title,
      status: entry.status,
      code: error.code,
      detail: error.detail ?? entry.action,
      instance: `urn:uuid:${requestId}`,
      request_id: requestId,
      errors: error.errors,
      ...(error.stripe && { stripe: error.stripe }),
    },
  }
}

function parserErrorType(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('type' in error)) return null
  return typeof error.type === 'string' ? error.type : null
}

function hasStatus400(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && error.status === 400
}
