// Owns every refusal that a caller or an operator can meet: code, kind, HTTP status, public words, what to do.
// Promises: codes are stable; nothing personal stands in the texts; two tables read this one (kind → HTTP answer in the
// gateway, kind → retry, park or wait in the worker).

import type { StripeRefusal } from '../operation/operation.ts'

/** invalid: the request is at fault. conflict: the present state forbids it. away: waiting cures it. bug: ours. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'missing'
  | 'conflict'
  | 'limit'
  | 'away'
  | 'bug'

interface Entry {
  kind: ErrorKind
  status: number
  title: string
  /** What the reader can do about it. */
  action: string
}

/** The catalogue, by code. */
export const errorCatalogue = {
  malformed_json: {
    kind: 'invalid',
    status: 400,
    title: 'The body is not valid JSON',
    action: 'Send one JSON object.',
  },
  bad_signature: {
    kind: 'invalid',
    status: 400,
    title: 'The webhook signature does not match',
    action: 'Check the endpoint secret, and that the bytes arrive unchanged.',
  },
  bad_timestamp: {
    kind: 'invalid',
    status: 400,
    title: 'The webhook timestamp is too far from now',
    action: 'Check both clocks; old deliveries are sent again by Stripe.',
  },
  wrong_mode: {
    kind: 'invalid',
    status: 400,
    title: 'The Stripe event belongs to another mode or account',
    action: 'Point this endpoint of Stripe at the tenant that holds its account.',
  },
  invalid_request: {
    kind: 'invalid',
    status: 422,
    title: 'The request is not valid',
    action: 'Correct the fields named in `errors`.',
  },
  idempotency_key_reused: {
    kind: 'invalid',
    status: 422,
    title: 'This Idempotency-Key was used for another request',
    action: 'Use a new key for a new request.',
  },
  unsupported_media_type: {
    kind: 'invalid',
    status: 415,
    title: 'The body must be application/json',
    action: 'Send `Content-Type: application/json`.',
  },
  too_large: {
    kind: 'invalid',
    status: 413,
    title: 'The body is too large',
    action: 'Send less: 256 KB for the API, 1 MB for webhooks.',
  },
  unauthenticated: {
    kind: 'unauthenticated',
    status: 401,
    title: 'No valid API key',
    action: 'Send `Authorization: Bearer <key>`.',
  },
  forbidden: {
    kind: 'forbidden',
    status: 403,
    title: 'This API key may not do that',
    action: 'Use a key with the scope that the documentation names.',
  },
  not_found: {
    kind: 'missing',
    status: 404,
    title: 'No such resource',
    action: 'Check the id and the tenant of the API key.',
  },
  pending: {
    kind: 'missing',
    status: 404,
    title: 'Accepted, not applied yet',
    action: 'Read again after `Retry-After` seconds.',
  },
  erased: {
    kind: 'missing',
    status: 410,
    title: 'What this request led to has been erased',
    action: 'Nothing: its first answer cannot be given again.',
  },
  method_not_allowed: {
    kind: 'invalid',
    status: 405,
    title: 'This path has no such method',
    action: 'See the `Allow` header.',
  },
  key_taken: {
    kind: 'conflict',
    status: 409,
    title: 'Another customer has this key',
    action: 'Use another key, or read the holder by this one.',
  },
  email_taken: {
    kind: 'conflict',
    status: 409,
    title: 'Another customer has this e-mail',
    action: 'Use another e-mail, or read the holder by this one.',
  },
  currency_fixed: {
    kind: 'conflict',
    status: 409,
    title: 'Stripe has fixed the currency of this customer',
    action: 'Leave `currency` out.',
  },
  not_allowed_in_state: {
    kind: 'conflict',
    status: 409,
    title: 'The state of this customer does not allow that',
    action: 'Move it to a state that does; see `state`.',
  },
  invalid_transition: {
    kind: 'conflict',
    status: 409,
    title: 'The status of this customer has no such next step',
    action: 'See `status`: lead, prospect, customer, churned, and from there back to prospect.',
  },
  has_active_subscriptions: {
    kind: 'conflict',
    status: 409,
    title: 'This customer has active subscriptions',
    action: 'Cancel them first.',
  },
  link_goes_alone: {
    kind: 'conflict',
    status: 409,
    title: 'A new link to Stripe cannot be made together with other changes',
    action: 'Send `external_billing_id` by itself, and the other fields before or after it.',
  },
  link_under_way: {
    kind: 'conflict',
    status: 409,
    title: 'Another link of this customer is still being checked at Stripe',
    action: 'Wait until that operation is settled.',
  },
  external_billing_id_taken: {
    kind: 'conflict',
    status: 409,
    title: 'Another customer has this Stripe customer',
    action: 'Read the holder by `stripe_customer_id`.',
  },
  no_such_stripe_customer: {
    kind: 'conflict',
    status: 422,
    title: 'Stripe has no such customer, or it is deleted there',
    action: 'Check `external_billing_id`, and the account that the tenant is bound to.',
  },
  not_linked: {
    kind: 'conflict',
    status: 409,
    title: 'This customer has no Stripe customer, and will have none in its state',
    action: 'Unarchive or restore it first.',
  },
  link_lost: {
    kind: 'conflict',
    status: 409,
    title: 'The Stripe customer went away before this was carried out',
    action: 'See what became of it at Stripe, then retry the operation or discard it.',
  },
  outcome_unknown: {
    kind: 'conflict',
    status: 409,
    title: 'Nobody can tell any more whether Stripe carried this out',
    action: 'See at Stripe whether it did, then retry the operation or discard it.',
  },
  cancelled: {
    kind: 'conflict',
    status: 409,
    title: 'The customer was purged before this was carried out',
    action: 'Nothing: it was not carried out.',
  },
  discarded: {
    kind: 'conflict',
    status: 409,
    title: 'An operator gave this up after it had failed',
    action: 'Nothing: it was not carried out.',
  },
  not_parked: {
    kind: 'conflict',
    status: 409,
    title: 'This operation does not wait for an operator',
    action: 'Read it: it was applied or rejected, or is under way.',
  },
  stripe_refused: {
    kind: 'conflict',
    status: 422,
    title: 'Stripe refused the request',
    action: 'See `stripe.code` and `stripe.param`.',
  },
  version_mismatch: {
    kind: 'conflict',
    status: 412,
    title: 'The customer has changed since',
    action: 'Read it again and decide on its present version.',
  },
  too_many_waiting: {
    kind: 'limit',
    status: 429,
    title: 'Too many operations wait on this customer',
    action: 'Wait `Retry-After` seconds.',
  },
  too_many_endpoints: {
    kind: 'conflict',
    status: 409,
    title: 'This tenant has as many webhook endpoints as it may have',
    action: 'Delete one, or let one endpoint take more types.',
  },
  deliveries_off: {
    kind: 'away',
    status: 503,
    title: 'No worker can deliver events',
    action: 'Give the workers an EVENT_SECRETS_KEY and start one.',
  },
  too_many_streams: {
    kind: 'limit',
    status: 429,
    title: 'Too many event streams are open',
    action: 'Close one, or wait `Retry-After` seconds.',
  },
  unavailable: {
    kind: 'away',
    status: 503,
    title: 'The database is away; nothing was accepted',
    action: 'Send the same request again after `Retry-After` seconds.',
  },
  shutting_down: {
    kind: 'away',
    status: 503,
    title: 'This process is shutting down',
    action: 'Send the same request again.',
  },
  internal: {
    kind: 'bug',
    status: 500,
    title: 'Something broke on our side',
    action: 'Report the `request_id`.',
  },
} as const satisfies Record<string, Entry>

export type ErrorCode = keyof typeof errorCatalogue

/** One field of a request that is at fault: `name` as the caller wrote it (`billing_address.country`). */
export interface FieldError {
  field: string
  message: string
}

/** An error that carries its place in the catalogue. `detail` is public: no personal data, no secret, no query. */
export class LockstepError extends Error {
  readonly code: ErrorCode
  readonly detail: string | undefined
  readonly errors: FieldError[]
  /** Of what Stripe refused: its own words. */
  readonly stripe: StripeRefusal | undefined
  /** Seconds, where waiting helps. */
  readonly retryAfter: number | undefined

  constructor(
    code: ErrorCode,
    options: {
      detail?: string
      errors?: FieldError[]
      stripe?: StripeRefusal
      retryAfter?: number
      cause?: unknown
    } = {},
  ) {
    super(
      options.detail ?? errorCatalogue[code].title,
      options.cause === undefined ? {} : { cause: options.cause },
    )
    this.name = 'LockstepError'
    this.code = code
    this.detail = options.detail
    this.errors = options.errors ?? []
    this.stripe = options.stripe
    this.retryAfter = options.retryAfter
  }

  get kind(): ErrorKind {
    return errorCatalogue[this.code].kind
  }

  get status(): number {
    return errorCatalogue[this.code].status
  }
}

/** True for a code of the catalogue; stored outcomes are read back through this. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code)
}

/** An impossible state. It is thrown, logged and parked, never swallowed. */
export function bug(message: string): Error {
  return new Error(`bug: ${message}`)
}
