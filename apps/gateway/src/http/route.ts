// Owns the shape of a route and of its answer: what a handler is given and what it gives back.
// Promises: handlers know nothing of express; a route's template (never its URL) is what logs and metrics carry.

import type { Scope } from '@lockstep/domain/store/tenant'

/** Who asks: from the API key. */
export interface Caller {
  tenantId: string
  keyId: string
}

/** What a route is given. Nothing in it is parsed beyond JSON; each handler parses what it needs, once. */
export interface Incoming {
  requestId: string
  method: string
  /** Path parameters, percent-decoded. */
  params: Readonly<Record<string, string>>
  /** Query parameters; one that came several times is an array. */
  query: Readonly<Record<string, unknown>>
  /** One header by its lower-case name; several lines of one header are joined by a comma. */
  header: (name: string) => string | undefined
  /** Parsed JSON, a Buffer on raw routes, undefined where there was no body. */
  body: unknown
  /** Aborts when the caller has gone. */
  signal: AbortSignal
  /** Adds to the one log line of this request. Ids only: no name, no address, no body. */
  note: (fields: LineFields) => void
}

/** An authenticated request. */
export interface ApiRequest extends Incoming {
  caller: Caller
}

/** What a handler may add to its request's log line. */
export interface LineFields {
  operation_id?: string
  tenant?: string
  stripe_event_id?: string
  outcome?: string
}

/** `body` is sent as JSON, or as it is where it is text with its own content type. */
export interface Answer {
  status: number
  headers?: Record<string, string>
  body?: unknown
}

/** json: at most 256 KB; raw: the bytes as they came, at most 1 MB; none: a body is not read. */
export type BodyKind = 'json' | 'raw' | 'none'

interface RouteBase {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** The template, `/v1/customers/:id`. */
  path: string
  body: BodyKind
}

/** A route that anybody may call. */
export interface PublicRoute extends RouteBase {
  scope: null
  handle: (request: Incoming) => Promise<Answer>
}

/** A route that asks for an API key with this scope. */
export interface ApiRoute extends RouteBase {
  scope: Scope
  handle: (request: ApiRequest) => Promise<Answer>
}

export type Route = PublicRoute | ApiRoute

/** The success envelope of DESIGN section 5. */
export function success(data: unknown, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { status: 'success', data, ...more }
}
