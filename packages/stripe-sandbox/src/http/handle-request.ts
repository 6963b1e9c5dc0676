/**
 * Owns the way of one API request: fault, key, limits, route, idempotency, validation, effect, answer.
 * Promises: an effect, its events and its idempotency record are one unit of work; the effect happens between arrival and answer; every
 * answer has a `Request-Id`; whatever the input, the answer is one of Stripe's.
 */
import { apiVersion } from '../api-version.ts'
import type { Core } from '../core.ts'
import type { RequestAction } from '../fault-rule.ts'
import type { JsonObject } from '../json.ts'
import { lockTimeout, rateLimited } from '../limits/limiter.ts'
import { checkParams, type Params } from '../params/param.ts'
import { texts } from '../params/read.ts'
import { expanders } from '../resources/all.ts'
import {
  claimKey,
  idempotencyRecords,
  isRecord,
  type Claim,
  type IdempotencyRecord,
} from '../state/idempotency.ts'
import type { Caller } from '../state/keys.ts'
import { expand } from './expand.ts'
import { parseForm } from './form.ts'
import type { Match } from './router.ts'
import { StripeError, badRequest, serverError, unknownUrl } from './stripe-error.ts'

/** A request as it came in. */
export type ApiRequest = {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly body: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** An answer; `cut` means that the connection ends without one. */
export type Reply = {
  readonly status: number
  readonly body: JsonObject
  readonly headers: { readonly [name: string]: string }
  readonly cut?: boolean
  readonly replayed?: boolean
}

type Begun = ApiRequest & { readonly id: string; readonly key: string | null; readonly arrivedAt: number }

/** Work that is left to do when the moment of the effect comes, and what to release at the end. */
type Admitted = { readonly work: () => Reply; readonly release: () => void; readonly account: string | null }

/** Handles a request and calls `answer` once. */
export function handleRequest(core: Core, request: ApiRequest, answer: (reply: Reply) => void): void {
  const begun: Begun = {
    ...request,
    id: core.newId('req_', 14),
    key: header(request, 'idempotency-key') ?? null,
    arrivedAt: core.clock.now(),
  }
  const match = core.router.match(request.method, request.path)
  const fault = core.faults.onRequest({
    method: request.method,
    path: request.path,
    template: match?.route.path,
  })
  if (fault?.kind === 'delay') setTimeout(() => begin(core, begun, match, undefined, answer), fault.ms)
  else begin(core, begun, match, fault, answer)
}

function begin(
  core: Core,
  request: Begun,
  match: Match | undefined,
  fault: Exclude<RequestAction, { kind: 'delay' }> | undefined,
  answer: (reply: Reply) => void,
): void {
  const { work, release, account } = admit(core, request, match, fault)
  const end = (reply: Reply) => {
    release()
    log(core, request, reply, account)
    answer({ ...reply, headers: { ...answerHeaders(request), ...reply.headers } })
  }
  const total = core.random.between(core.settings.latency)
  if (total < 1) return end(work())
  const effectAt = core.random.unit() * total
  setTimeout(() => {
    const reply = work()
    setTimeout(() => end(reply), total - effectAt)
  }, effectAt)
}

/** Everything that is decided on arrival. Never throws: a refusal is work that answers it. */
function admit(
  core: Core,
  request: Begun,
  match: Match | undefined,
  fault: Exclude<RequestAction, { kind: 'delay' }> | undefined,
): Admitted {
  let account: string | null = null
  const releases: (() => void)[] = []
  const release = () => {
    for (const one of releases) one()
  }
  try {
    if (fault?.kind === 'cut' && fault.when === 'before') return { work: () => cutReply, release, account }
    const caller = core.keys.authenticate(header(request, 'authorization'))
    account = caller.realm.account
    const endpoint = match ? `${request.method} ${match.route.path}` : 'unknown'
    releases.push(core.limiter.enter(caller.realm.name, endpoint, core.clock.steady()))
    if (fault) refuseByFault(core, fault)
    if (!match) throw unknownUrl(request.method, request.path)
    const claim = takeKey(core, request, caller)
    if (claim && isRecord(claim)) return { work: () => replay(claim), release, account }
    if (claim) releases.push(() => core.inFlight.delete(claim.name))
    const params = readParams(core, request, match)
    return {
      work: () => executeWithFault(core, { request, match, caller, claim, params }, fault),
      release,
      account,
    }
  } catch (error) {
    const reply = errorReply(error)
    return { work: () => reply, release, account }
  }
}

function takeKey(core: Core, request: Begun, caller: Caller): Claim | IdempotencyRecord | undefined {
  if (request.method !== 'POST' || !request.key) return undefined
  return claimKey({
    realm: caller.realm,
    inFlight: core.inFlight,
    settings: core.settings,
    now: core.clock.now(),
    key: request.key,
    method: request.method,
    path: request.path,
    body: request.query ? `${request.query}&${request.body}` : request.body,
  })
}

function readParams(core: Core, request: Begun, { route }: Match): Params {
  const type = header(request, 'content-type') ?? ''
  if (request.body !== '' && type !== '' && !type.startsWith('application/x-www-form-urlencoded')) {
    throw badRequest(
      `The sandbox reads application/x-www-form-urlencoded bodies, as Stripe's v1 API does; this one is ${type}.`,
    )
  }
  const form = parseForm(request.body, parseForm(request.query))
  const params = checkParams(route.params, form, { tooLongCode: core.settings.too_long_code })
  route.check?.(params, core)
  return params
}

type Execution = { request: Begun; match: Match; caller: Caller; claim: Claim | undefined; params: Params }

function executeWithFault(core: Core, execution: Execution, fault: RequestAction | undefined): Reply {
  if (fault?.kind === 'cut') {
    execute(core, execution)
    return cutReply
  }
  if (fault?.kind === 'status') {
    if (fault.when === 'after') execute(core, execution)
    return errorReply(
      new StripeError(fault.status, {
        type: 'api_error',
        message: `A fault of the sandbox: ${fault.status}`,
      }),
    )
  }
  if (fault?.kind !== 'server_error') return execute(core, execution)
  const { roll_forward_ms: later, when } = fault
  const error = serverError(fault.should_retry)
  core.store.unit(() => {
    if (when === 'after') effect(core, execution)
    keep(core, execution, errorReply(error))
  })
  if (when === 'before' && later !== undefined) {
    core.clock.at(core.clock.now() + later, () => {
      execute(core, { ...execution, claim: undefined })
    })
  }
  return errorReply(error)
}

/** Runs the route; effect and record are kept together. An error that was raised in execution is kept as well. */
function execute(core: Core, execution: Execution): Reply {
  try {
    return core.store.unit(() => {
      const reply: Reply = { status: 200, body: effect(core, execution), headers: {} }
      keep(core, execution, reply)
      return reply
    })
  } catch (error) {
    const reply = errorReply(error)
    if (error instanceof StripeError) keep(core, execution, reply)
    return reply
  }
}

function effect(core: Core, { request, match, caller, params }: Execution): JsonObject {
  const { realm } = caller
  const origin = { realm, request: { id: request.id, idempotency_key: request.key } }
  const body = match.route.run({ core, realm, ids: match.ids, params, origin })
  const paths = texts(params, 'expand')
  return paths && paths.length > 0 ? expand(core, realm, expanders, body, paths) : body
}

function keep(core: Core, { request, caller, claim }: Execution, reply: Reply): void {
  if (!claim) return
  caller.realm.table(idempotencyRecords).put({
    id: claim.id,
    fingerprint: claim.fingerprint,
    status: reply.status,
    body: reply.body,
    headers: reply.headers,
    request: request.id,
    at: core.clock.now(),
  })
}

function replay(record: IdempotencyRecord): Reply {
  return {
    status: record.status,
    body: record.body,
    headers: { ...record.headers, 'Idempotent-Replayed': 'true', 'Original-Request': record.request },
    replayed: true,
  }
}

const cutReply: Reply = { status: 0, body: {}, headers: {}, cut: true }

function errorReply(error: unknown): Reply {
  if (error instanceof StripeError) return { status: error.status, body: error.body, headers: error.headers }
  // Not Stripe's doing: a fault of this program. It must be seen, so it is neither hidden nor dressed up as a 500 of Stripe's.
  console.error('bug in the sandbox:', error)
  return {
    status: 500,
    body: {
      error: {
        type: 'api_error',
        message: `bug in the sandbox: ${error instanceof Error ? error.message : String(error)}`,
      },
    },
    headers: { 'Sandbox-Bug': 'true' },
  }
}

function refuseByFault(core: Core, fault: RequestAction): void {
  if (fault.kind === 'rate_limit') throw rateLimited(fault.reason, core.settings.rate_limit_should_retry)
  if (fault.kind === 'lock_timeout') throw lockTimeout()
  if (fault.kind === 'conflict') {
    throw new StripeError(409, {
      type: core.settings.in_use_error_type,
      code: 'idempotency_key_in_use',
      message:
        'There is currently another in-progress request using this Idempotent Key (a fault of the sandbox). Please try again later.',
    })
  }
}

function answerHeaders(request: Begun): Record<string, string> {
  return {
    'Content-Type': 'application/json',
    'Request-Id': request.id,
    'Stripe-Version': header(request, 'stripe-version') ?? apiVersion,
    ...(request.key && request.method === 'POST' ? { 'Idempotency-Key': request.key } : {}),
  }
}

function header(request: ApiRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function log(core: Core, request: Begun, reply: Reply, account: string | null): void {
  const error = reply.body['error']
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null
  core.log.add({
    method: request.method,
    path: request.path,
    query: request.query,
    status: reply.status,
    idempotency_key: request.key,
    request_id: request.id,
    at: request.arrivedAt,
    ms: core.clock.now() - request.arrivedAt,
    account,
    replayed: reply.replayed ?? false,
    code: typeof code === 'string' ? code : null,
  })
}
