// Owns the shape of a route: what it takes, what it answers and what it may refuse, in the schemas that really
// validate, beside its handler. The router serves this object and the API's description (openapi/) is made from it.
// Promises: handlers know nothing of express and are given checked input only; a route's template (never its URL) is
// what logs and metrics carry.

import { type ErrorCode, LockstepError } from '@lockstep/domain/error/catalogue'
import type { Scope } from '@lockstep/domain/store/tenant'
import { z } from 'zod'
import { parseInput } from '../schema/parse.ts'
import type { AnswerShape } from './answer-shape.ts'
import type { BodyLine } from './read-lines.ts'

/** Who asks: from the API key. */
export interface Caller {
  tenantId: string
  keyId: string
  scopes: readonly Scope[]
}

/** A request as it came: nothing in it is parsed beyond JSON. */
export interface Incoming {
  requestId: string
  method: string
  /** Path parameters, percent-decoded. */
  params: Readonly<Record<string, string>>
  /** Query parameters; one that came several times is an array. */
  query: Readonly<Record<string, unknown>>
  /** One header by its lower-case name; several lines of one header are joined by a comma. */
  header: (name: string) => string | undefined
  /** Parsed JSON, a Buffer on raw routes, lines as they come on routes of lines, undefined where there was no body. */
  body: unknown
  /** Aborts when the caller has gone. */
  signal: AbortSignal
  /** Adds to the one log line of this request. Ids only: no name, no address, no body. */
  note: (fields: LineFields) => void
}

/** An authenticated request. */
export interface ApiIncoming extends Incoming {
  caller: Caller
}

/** What a handler may add to its request's log line. */
export interface LineFields {
  operation_id?: string
  tenant?: string
  stripe_event_id?: string
  outcome?: string
}

/** Where a streamed answer goes. */
export interface Outlet {
  /** Resolves once the caller can take more: true, or false where it has gone. */
  write: (text: string) => Promise<boolean>
}

/**
 * `body` is sent as JSON, or as it is where it is text with its own content type. `stream` writes instead, for as long as
 * it likes; the answer ends with it.
 */
export interface Answer {
  status: number
  headers?: Record<string, string>
  body?: unknown
  stream?: (out: Outlet) => Promise<void>
}

/** What a route takes. What is left out is: no parameters, no query, no headers of its own, no body. */
export interface Accepts {
  /** Names of the path. What does not pass names nothing: 404. */
  params?: z.ZodObject
  /** A parameter that came several times is an array. What does not pass is 422. */
  query?: z.ZodObject
  /** By their usual spelling (`If-Match`). What does not pass is 422. */
  headers?: z.ZodObject
  /** JSON of at most 256 KB (8 MB where it is `many`). What does not pass is 422. */
  body?: z.ZodType
  /** The body holds many things of the usual size. */
  many?: true
  /** The body's bytes as they came, at most 1 MB, instead of `body`; the schema only describes them. */
  raw?: z.ZodType
  /** NDJSON of any length, read while it comes, instead of `body`; the schema only describes one line. */
  lines?: z.ZodType
}

/** What the reader of the API's description learns of a route beyond its shapes. */
export interface Described {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** The template, `/v1/customers/:id`. */
  path: string
  /** Its name for programs, unique: `create_customer`. A released one never changes. */
  name: string
  /** What it does, in one line. */
  does: string
  /** The chapter it stands in. */
  group: string
  /** By status. */
  answers: Readonly<Record<number, AnswerShape>>
  /** The same as another route, at another path: it is described by a sentence about all such paths, not by itself. */
  alias?: true
  /** The refusals that are its own; those of every route of its kind are added (`refusalsOf`). */
  refuses?: readonly ErrorCode[]
}

type Checked<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined
type PartOf<A, Name extends keyof Accepts> =
  A extends Record<Name, infer Schema> ? Checked<Schema> : undefined

/** What a handler is given: everything that the route accepts, checked and in stored form. */
export interface Request<A extends Accepts> extends Omit<Incoming, 'params' | 'query' | 'body'> {
  params: PartOf<A, 'params'>
  query: PartOf<A, 'query'>
  headers: PartOf<A, 'headers'>
  body: PartOf<A, 'body'>
  /** The lines of the body, on a route that takes lines; they can be gone through once. */
  lines: A extends { lines: z.ZodType } ? AsyncIterable<BodyLine> | Iterable<BodyLine> : undefined
  /** The body as it came: parsed JSON, or the bytes of a raw route. */
  received: unknown
}

/** The same, and who asks. */
export interface ApiRequest<A extends Accepts = Accepts> extends Request<A> {
  caller: Caller
}

interface RouteBase extends Described {
  accepts: Accepts
}

/** A route that anybody may call. */
export interface PublicRoute extends RouteBase {
  scope: null
  handle: (request: Incoming) => Promise<Answer>
}

/** A route that asks for an API key with this scope. */
export interface ApiRoute extends RouteBase {
  scope: Scope
  handle: (request: ApiIncoming) => Promise<Answer>
}

export type Route = PublicRoute | ApiRoute

/** A route that asks for an API key. An unknown query parameter is refused, as an unknown field is. */
export function apiRoute<A extends Accepts>(
  route: Described & { scope: Scope; accepts: A; handle: (request: ApiRequest<A>) => Promise<Answer> },
): ApiRoute {
  const accepts: Accepts = { query: noQuery, ...route.accepts }
  return {
    ...route,
    accepts,
    handle: (incoming) => route.handle({ ...incoming, ...checked<A>(accepts, incoming) }),
  }
}

/** A route that anybody may call. What comes in a query that it does not name is not looked at. */
export function publicRoute<A extends Accepts>(
  route: Described & { accepts: A; handle: (request: Request<A>) => Promise<Answer> },
): PublicRoute {
  const { accepts } = route
  return {
    ...route,
    scope: null,
    handle: (incoming) => route.handle({ ...incoming, ...checked<A>(accepts, incoming) }),
  }
}

const noQuery = z.strictObject({})

/**
 * json: at most 256 KB; many: JSON, 8 MB; raw: the bytes as they came, at most 1 MB; lines: NDJSON of any length, each line at
 * most 256 KB; none: a body is not read.
 */
export type BodyKind = 'json' | 'many' | 'raw' | 'lines' | 'none'

/** How the body of a request to this route is read. */
export function bodyKindOf({ accepts }: Pick<RouteBase, 'accepts'>): BodyKind {
  if (accepts.raw) return 'raw'
  if (accepts.lines) return 'lines'
  if (accepts.many) return 'many'
  return accepts.body ? 'json' : 'none'
}

/** The codes that a route may answer: its own, and those that its shape brings along. */
export function refusalsOf(route: Route): ErrorCode[] {
  const { accepts, scope } = route
  const bodyIsRead = bodyKindOf(route) !== 'none'
  const checks = accepts.body ?? accepts.query ?? accepts.headers
  return [
    ...new Set<ErrorCode>([
      ...(route.refuses ?? []),
      ...(accepts.params ? (['not_found'] as const) : []),
      ...(checks ? (['invalid_request'] as const) : []),
      ...(bodyIsRead ? (['malformed_json', 'too_large', 'unsupported_media_type'] as const) : []),
      ...(scope === null ? [] : (['unauthenticated', 'forbidden', 'unavailable'] as const)),
      'method_not_allowed',
      'internal',
    ]),
  ]
}

/** Path first: what is not there has no faults to tell. */
function checked<A extends Accepts>(accepts: Accepts, incoming: Incoming) {
  const params = accepts.params?.safeParse(incoming.params)
  if (params && !params.success) throw new LockstepError('not_found')
  const part = {
    params: params?.data,
    query: accepts.query && parseInput(accepts.query, { ...incoming.query }),
    headers: accepts.headers && parseInput(accepts.headers, headersOf(accepts.headers, incoming)),
    body: accepts.body && parseInput(accepts.body, incoming.body),
    lines: accepts.lines && (incoming.body ?? []),
    received: incoming.body,
  }
  // Each member was parsed by the schema that A names for it, or A names none and it is undefined; a body of lines was
  // made by readBody.
  return part as Pick<Request<A>, 'params' | 'query' | 'headers' | 'body' | 'lines' | 'received'>
}

function headersOf(schema: z.ZodObject, { header }: Incoming): Record<string, string> {
  const given = Object.keys(schema.shape).map((name) => [name, header(name.toLowerCase())] as const)
  return Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

/** The success envelope of DESIGN section 5. */
export function success(data: unknown, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { status: 'success', data, ...more }
}
