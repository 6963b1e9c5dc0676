// Owns everything that a call can fail with, as classes: what to catch is what to do.
// Promises: `code` is the API's own, and stable; no error holds the API key or what was sent.

import { statusOf } from './generated/api.ts'

/** One part of a request that is at fault. */
export interface FieldError {
  field: string
  message: string
}

/** Any failure of this client. */
export class LockstepError extends Error {
  override name = 'LockstepError'
}

/** What a refusal tells. */
export interface Refusal {
  status: number
  code: string
  detail: string
  errors: FieldError[]
  requestId: string | null
  /** Seconds. */
  retryAfter: number | null
  /** The whole problem+json body. */
  problem: Readonly<Record<string, unknown>>
}

/** The API refused: `status`, `code`, and what to do in the message. */
export class ApiError extends LockstepError {
  override name = 'ApiError'
  readonly status: number
  readonly code: string
  readonly errors: FieldError[]
  readonly requestId: string | null
  readonly retryAfter: number | null
  readonly problem: Readonly<Record<string, unknown>>

  constructor(refusal: Refusal) {
    super(`${refusal.code}: ${refusal.detail}`)
    this.status = refusal.status
    this.code = refusal.code
    this.errors = refusal.errors
    this.requestId = refusal.requestId
    this.retryAfter = refusal.retryAfter
    this.problem = refusal.problem
  }
}

/** 400, 413, 415, 422: the request is at fault; `errors` names the fields. */
export class ValidationError extends ApiError {
  override name = 'ValidationError'
}
/** 401: no live API key. */
export class AuthenticationError extends ApiError {
  override name = 'AuthenticationError'
}
/** 403: the key lacks the scope. */
export class PermissionError extends ApiError {
  override name = 'PermissionError'
}
/** 404: there is none, or none yet (`pending`). */
export class NotFoundError extends ApiError {
  override name = 'NotFoundError'
}
/** 409: the present state forbids it. */
export class ConflictError extends ApiError {
  override name = 'ConflictError'
}
/** 412: it has changed since; read it again. */
export class VersionError extends ApiError {
  override name = 'VersionError'
}
/** 429, after the retries. */
export class RateLimitError extends ApiError {
  override name = 'RateLimitError'
}
/** 5xx, after the retries. */
export class ServerError extends ApiError {
  override name = 'ServerError'
}

/** No answer came, after the retries. A write may have been accepted: the same `idempotencyKey` finds out. */
export class ConnectionError extends LockstepError {
  override name = 'ConnectionError'
}
/** The time for the whole call was over. As with ConnectionError, a write may have been accepted. */
export class TimeoutError extends LockstepError {
  override name = 'TimeoutError'
}
/** The caller's own signal ended it. */
export class AbortedError extends LockstepError {
  override name = 'AbortedError'
}
/** The write is durable and will be applied, and was not within the time: read `operationId`. */
export class PendingError extends LockstepError {
  override name = 'PendingError'
  readonly id: string
  readonly operationId: string

  constructor(accepted: { id: string; operation_id: string }) {
    super(`operation ${accepted.operation_id} is accepted and not applied yet: read it later`)
    this.id = accepted.id
    this.operationId = accepted.operation_id
  }
}

/** The class for this status. */
export function errorOf(refusal: Refusal): ApiError {
  const { status } = refusal
  if (status === 401) return new AuthenticationError(refusal)
  if (status === 403) return new PermissionError(refusal)
  if (status === 404) return new NotFoundError(refusal)
  if (status === 409) return new ConflictError(refusal)
  if (status === 412) return new VersionError(refusal)
  if (status === 429) return new RateLimitError(refusal)
  if (status >= 500) return new ServerError(refusal)
  return [400, 413, 415, 422].includes(status) ? new ValidationError(refusal) : new ApiError(refusal)
}

/** The same error for an operation that was rejected after it was accepted. */
export function errorOfCode(code: string, requestId: string | null): ApiError {
  const known: Readonly<Record<string, number>> = statusOf
  const detail = 'the operation was rejected when it was applied'
  return errorOf({
    // A code that this version does not know is a conflict: the request itself was in order.
    status: known[code] ?? 409,
    code,
    detail,
    errors: [],
    requestId,
    retryAfter: null,
    problem: { code, detail },
  })
}
