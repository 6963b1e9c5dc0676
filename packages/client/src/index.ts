// Owns: the doors of the client.

export type { ApiCall, CallOptions, Page, PagedCall, RawAnswer } from './api-call.ts'
export { type Lockstep, type LockstepOptions, lockstep } from './client.ts'
export {
  AbortedError,
  ApiError,
  AuthenticationError,
  ConflictError,
  ConnectionError,
  type FieldError,
  LockstepError,
  NotFoundError,
  PendingError,
  PermissionError,
  RateLimitError,
  ServerError,
  TimeoutError,
  ValidationError,
  VersionError,
} from './errors.ts'
export type * from './generated/api.ts'
/** The table of all calls, by the operation's name: for programs that build on it, such as the command line. */
export { calls } from './generated/api.ts'
export { type UnwrappedEvent, WebhookError, unwrap } from './webhooks.ts'
