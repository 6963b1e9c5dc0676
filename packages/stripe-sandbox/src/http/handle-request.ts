/**
 * Owns the way of one API request: fault, key, limits, route, idempotency, validation, latency, answer.
 * Promises: the effect happens between arrival and answer; every answer has a `Request-Id`; whatever the input, the answer is one of
 * Stripe's.
 */
import { apiVersion } from '../api-version.ts'
import type { Core } from '../core.ts'
import type { RequestAction } from '../faults/fault-action.ts'
import { lockTimeout, rateLimited } from '../limits/limiter.ts'
import { checkParams, type Params } from '../params/param.ts'
import { texts } from '../params/read.ts'
import { expanders } from '../resources/all.ts'
import { answeredKind } from '../resources/answered-kind.ts'
import { claimKey, isRecord, type Claim, type IdempotencyRecord } from '../state/idempotency.ts'
import type { Caller } from '../state/keys.ts'
import { checkAccount, checkPermission } from '../state/permissions.ts'
import { cutReply, errorReply, executeWithFault, linksOf, replayWithFault, type Reply } from './execute.ts'
import { checkExpand } from './expand.ts'
import { parseForm, type FormObject } from './form.ts'
import { parseJsonForm } from './json-form.ts'
import type { Match } from './router.ts'
import { badRequest, StripeError, unknownUrl } from './stripe-error.ts'

/** A request as it came in. */
export type ApiRequest = {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly body: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
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
  if (fault?.kind !== 'delay') begin(core, begun, match, fault, answer)
  else if (fault.when === 'before') core.later(fault.ms, () => begin(core, begun, match, undefined, answer))
  else begin(core, begun, match, undefined, (reply) => core.later(fault.ms, () => answer(reply)))
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
  core.later(effectAt, () => {
    const reply = work()
    core.later(total - effectAt, () => end(reply))
  })
}

/** Everything that is decided on arrival. Never throws: a refusal is work that answers it. */
function admit(
  core: Core,
  request: Begun,
  match: Match | undefined,
  fault: Exclude<RequestAction, { kind: 'delay' }> | undefined,
): Admitted {
  let account: string | null = null
  let known: Caller | undefined
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
    checkVersion(header(request, 'stripe-version'))
    known = caller
    for (const name of ['stripe-account', 'stripe-context']) checkAccount(caller, header(request, name))
    checkPermission(caller, request.method, request.path)
    const claim = takeKey(core, request, caller)
    if (claim && isRecord(claim))
      return { work: () => replayWithFault(claim, fault, linksOf(core, request, caller)), release, account }
    if (claim) releases.push(() => core.inFlight.delete(claim.name))
    const params = readParams(core, request, match)
    const lock = takeLock(core, request, match, caller)
    if (lock) releases.push(() => core.locks.delete(lock))
    return {
      work: () => executeWithFault(core, { request, match, caller, claim, params }, fault),
      release,
      account,
    }
  } catch (error) {
    const reply = errorReply(error, linksOf(core, request, known))
    return { work: () => reply, release, account }
  }
}

/** True where a key has an effect: v1 keeps keys of POST only; v2 of DELETE as well. */
function isKeyed({ method, path }: Begun): boolean {
  return method === 'POST' || (method === 'DELETE' && path.startsWith('/v2/'))
}

function takeKey(core: Core, request: Begun, caller: Caller): Claim | IdempotencyRecord | undefined {
  if (!isKeyed(request) || !request.key) return undefined
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

/** The version is echoed; the answer keeps its one shape. */
function checkVersion(version: string | undefined): void {
  if (version !== undefined && !/^\d{4}-\d{2}-\d{2}(\.[a-z_]+)?$/.test(version)) {
    throw badRequest(`Invalid Stripe API version: ${version.slice(0, 60)}`)
  }
}

function takeLock(core: Core, request: Begun, { ids }: Match, { realm }: Caller): string | undefined {
  const object = Object.values(ids)[0]
  if (core.settings.object_lock === 'wait' || request.method === 'GET' || object === undefined)
    return undefined
  const lock = `${realm.name} ${object}`
  if (core.locks.has(lock)) throw lockTimeout()
  core.locks.add(lock)
  return lock
}

function readParams(core: Core, request: Begun, { route }: Match): Params {
  const params = checkParams(route.params, readForm(request), core.settings)
  const paths = texts(params, 'expand')
  if (paths) checkExpand(expanders, answeredKind(route), paths)
  route.check?.(params, core)
  return params
}

function readForm(request: Begun): FormObject {
  const query = parseForm(request.query)
  if (request.body === '') return query
  if (request.path.startsWith('/v2/')) return parseJsonForm(request.body, query)
  const type = header(request, 'content-type') ?? ''
  if (type !== '' && !type.startsWith('application/x-www-form-urlencoded')) {
    throw badRequest(
      'Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help ' +
        'at https://support.stripe.com/.',
    )
  }
  return parseForm(request.body, query)
}

function refuseByFault(core: Core, fault: RequestAction): void {
  if (fault.kind === 'rate_limit') throw rateLimited(fault.reason, core.settings)
  if (fault.kind === 'lock_timeout') throw lockTimeout()
  if (fault.kind === 'conflict') {
    throw new StripeError(409, {
      type: core.settings.in_use_error_type,
      code: 'idempotency_key_in_use',
      message: core.settings.in_use_message.replace('{key}', 'a fault of the sandbox'),
    })
  }
}

function answerHeaders(request: Begun): Record<string, string> {
  return {
    'Content-Type': 'application/json',
    'Request-Id': request.id,
    'Stripe-Version': header(request, 'stripe-version') ?? apiVersion,
    ...(request.key && isKeyed(request) ? { 'Idempotency-Key': request.key } : {}),
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
