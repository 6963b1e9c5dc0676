// Owns the client: one method for each call of the API, made from the table that is written from its description.
// Promises: a write that the server accepted and did not finish is followed until it is applied or the time is over.

import {
  type ApiCall,
  apiCall,
  type CallOptions,
  type Page,
  type PagedCall,
  type RawAnswer,
} from './api-call.ts'
import { errorOfCode, PendingError } from './errors.ts'
import { type Api, calls } from './generated/api.ts'
import { memberOf, type Query, type Sending, send } from './send.ts'

/** Where the API is and who asks. */
export interface LockstepOptions {
  /** The gateway, such as `https://lockstep.example.com`. */
  url: string
  apiKey: string
  /** Milliseconds for each call, tries and waits included; 30,000 without it. */
  timeoutMs?: number
  /** How often a call is tried again; 2 without it. */
  retries?: number
  /** For platforms or tests with another way out. */
  fetch?: typeof globalThis.fetch
}

/** The client: `api.customers.create({ email })`. */
export interface Lockstep extends Api {
  /** Any call, also one that this version has no method for. */
  request: (verb: string, path: string, body?: unknown, options?: CallOptions) => ApiCall<unknown>
}

/** Longer than the server waits at most (30 s) it makes no sense to hold one request. */
const timeoutDefaultMs = 30_000
/** Three tries carry over a restart of a gateway. */
const retriesDefault = 2
/** Between two looks at an operation that is accepted and not applied (ms). */
const followMs = 500

interface Call {
  group: string
  name: string
  verb: string
  path: string
  body: boolean
  query: boolean
  pages: boolean
}

/** A client. It opens nothing; each call is on its own. */
export function lockstep(options: LockstepOptions): Lockstep {
  const sending: Sending = {
    url: options.url,
    apiKey: options.apiKey,
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    timeoutMs: options.timeoutMs ?? timeoutDefaultMs,
    retries: options.retries ?? retriesDefault,
  }
  const groups: Record<string, Record<string, unknown>> = {}
  for (const call of Object.values<Call>(calls)) {
    groups[call.group] = { ...groups[call.group], [call.name]: methodOf(sending, call) }
  }
  const request: Lockstep['request'] = (verb, path, body, given) =>
    apiCall(send(sending, { verb, path, body }, given), ({ data }) => data)
  // The table and the type Api are written from the same operations, in one go.
  return { ...(groups as unknown as Api), request }
}

/** A method takes the names of the path, the body or the query, and options, in this order. */
function methodOf(sending: Sending, call: Call) {
  return (...given: unknown[]): ApiCall<unknown> | PagedCall<unknown> => {
    const rest = [...given]
    const path = call.path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(String(rest.shift())))
    const body = call.body ? rest.shift() : undefined
    // The parameters are as the type Api says, which is written from the same table.
    const query = (call.query ? rest.shift() : undefined) as Query | undefined
    const options = rest.shift() as CallOptions | undefined
    const asked = { verb: call.verb, path, body, ...(query && { query }) }
    if (call.pages) return paged(sending, asked, options)
    return apiCall(send(sending, asked, options), (answer) => settled(sending, { path, answer }, options))
  }
}

/** What the call is about: after 202 the outcome of its operation, in the form that the call itself answers. */
async function settled(sending: Sending, first: First, options: CallOptions = {}): Promise<unknown> {
  const { data, status: told, requestId } = first.answer
  const operationId = memberOf(data, 'operation_id')
  if (told !== 202 || typeof operationId !== 'string') return data
  const id = String(memberOf(data, 'id'))
  const deadline = Date.now() + (options.timeoutMs ?? sending.timeoutMs)
  const read = async (path: string) => {
    const left = { ...options, timeoutMs: Math.max(1, deadline - Date.now()) }
    return (await send(sending, { verb: 'GET', path }, left)).data
  }
  // What was applied and is only not in step with Stripe yet would be answered 202 for ever.
  while (Date.now() < deadline) {
    const operation = await read(`/v1/operations/${operationId}`)
    const code = memberOf(operation, 'code')
    if (typeof code === 'string') throw errorOfCode(code, requestId)
    if (memberOf(operation, 'status') === 'applied') {
      if (memberOf(operation, 'kind') === 'purge') return { id, purged: true }
      const customer = options.untilSynced
        ? await read(`/v1/customers/${id}`)
        : memberOf(operation, 'customer')
      if (!options.untilSynced || memberOf(memberOf(customer, 'sync'), 'state') === 'synced') {
        // A user's own form is not the customer's.
        if (/^\/v1\/users\/[^/]+$/.test(first.path)) return await read(first.path)
        return memberOf(operation, 'result') ?? customer ?? operation
      }
    }
    await new Promise((resolve) => setTimeout(resolve, followMs))
  }
  throw new PendingError({ id, operation_id: operationId })
}

/** The answer to follow, and the path that was asked. */
interface First {
  path: string
  answer: RawAnswer
}

interface Asked {
  verb: string
  path: string
  query?: Query
}

function paged(sending: Sending, asked: Asked, options: CallOptions | undefined): PagedCall<unknown> {
  const first = send(sending, asked, options)
  return Object.assign(apiCall(first, pageOf), {
    async *[Symbol.asyncIterator]() {
      for (let page = pageOf(await first); ; ) {
        yield* page.data
        if (!page.hasMore || page.nextAfter === null) return
        const query = { ...asked.query, after: page.nextAfter }
        page = pageOf(await send(sending, { ...asked, query }, options))
      }
    },
  })
}

function pageOf({ body, data }: RawAnswer): Page<unknown> {
  const next = memberOf(body, 'next_after')
  return {
    data: Array.isArray(data) ? data : [],
    hasMore: memberOf(body, 'has_more') === true,
    nextAfter: typeof next === 'string' || typeof next === 'number' ? String(next) : null,
  }
}
