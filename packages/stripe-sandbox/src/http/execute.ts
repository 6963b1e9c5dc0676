/**
 * Owns the moment of the effect: running a route, keeping its outcome for the idempotency key, and the faults around it.
 * Promises: the effect, its events and its record are one unit of work. An error that was raised in execution is kept as well, a 500 of a
 * fault too; a fault of this program is kept nowhere and says that it is one.
 */
import type { Core } from '../core.ts'
import type { RequestAction } from '../faults/fault-action.ts'
import type { JsonObject } from '../json.ts'
import type { Params } from '../params/param.ts'
import { texts } from '../params/read.ts'
import { expanders } from '../resources/all.ts'
import { keepOutcome, type Claim, type IdempotencyRecord } from '../state/idempotency.ts'
import type { Caller } from '../state/keys.ts'
import { expand } from './expand.ts'
import type { Match } from './router.ts'
import { errorBody, serverError, StripeError, type ErrorLinks } from './stripe-error.ts'

/** An answer; `cut` means that the connection ends without one. */
export type Reply = {
  readonly status: number
  readonly body: JsonObject
  readonly headers: { readonly [name: string]: string }
  readonly cut?: boolean
  readonly replayed?: boolean
}

/** A request that was admitted and validated, and may now have its effect. */
export type Execution = {
  readonly request: { readonly id: string; readonly key: string | null }
  readonly match: Match
  readonly caller: Caller
  readonly claim: Claim | undefined
  readonly params: Params
}

/** Executes a request, with what a fault does to it. */
export function executeWithFault(core: Core, execution: Execution, fault: RequestAction | undefined): Reply {
  if (fault?.kind === 'cut') {
    execute(core, execution)
    return cutReply
  }
  if (fault?.kind === 'status') {
    if (fault.when === 'after') execute(core, execution)
    const reply = statusReply(fault, linksOf(core, execution.request, execution.caller))
    if (core.settings.gateway_errors_kept) core.store.unit(() => keep(core, execution, reply))
    return reply
  }
  if (fault?.kind !== 'server_error') return execute(core, execution)
  const { roll_forward_ms: later, when } = fault
  const reply = errorReply(
    serverError(fault.should_retry),
    linksOf(core, execution.request, execution.caller),
  )
  core.store.unit(() => {
    if (when === 'after') tryEffect(core, execution)
    keep(core, execution, reply)
  })
  if (when === 'before' && later !== undefined) {
    core.clock.at(core.clock.now() + later, () => {
      execute(core, { ...execution, claim: undefined })
    })
  }
  return reply
}

/** A request that Stripe would refuse has no effect; the caller hears of the 500 all the same. */
function tryEffect(core: Core, execution: Execution): void {
  try {
    effect(core, execution)
  } catch (error) {
    if (!(error instanceof StripeError)) throw error
  }
}

/** Runs the route; effect and record are kept together. An error that was raised in execution is kept as well. */
function execute(core: Core, execution: Execution): Reply {
  try {
    return core.store.unit(() => {
      const reply = answerOf(core, execution)
      keep(core, execution, reply)
      return reply
    })
  } catch (error) {
    const reply = errorReply(error, linksOf(core, execution.request, execution.caller))
    if (error instanceof StripeError && !isValidation(error)) keep(core, execution, reply)
    return reply
  }
}

/** Some parameters can only be checked against what is there; that too comes before execution, so the key stays free. */
function isValidation({ fields: { code } }: StripeError): boolean {
  return code?.startsWith('parameter_') ?? false
}

function effect(core: Core, { request, match, caller, params }: Execution): JsonObject {
  const { realm } = caller
  const origin = { realm, request: { id: request.id, idempotency_key: request.key } }
  const body = match.route.run({ core, realm, ids: match.ids, params, origin })
  const paths = texts(params, 'expand')
  return paths && paths.length > 0 ? expand(core, realm, expanders, body, paths) : body
}

function answerOf(core: Core, execution: Execution): Reply {
  try {
    return { status: 200, body: effect(core, execution), headers: noHeaders }
  } catch (error) {
    if (execution.match.route.keepsErrors && error instanceof StripeError)
      return errorReply(error, linksOf(core, execution.request, execution.caller))
    throw error
  }
}

function keep(core: Core, { request, caller, claim }: Execution, reply: Reply): void {
  if (!claim) return
  keepOutcome(caller.realm, claim, {
    status: reply.status,
    body: reply.body,
    headers: reply.headers,
    request: request.id,
    at: core.clock.now(),
  })
}

const noHeaders: Reply['headers'] = {}

/** What a fault answers in place of a proxy, or of Stripe. */
function statusReply(fault: Extract<RequestAction, { kind: 'status' }>, links: ErrorLinks): Reply {
  const { status, when: _when, kind: _kind, ...named } = fault
  const type = named.code === undefined && named.param === undefined ? 'api_error' : 'invalid_request_error'
  const error = new StripeError(status, { type, message: `A fault of the sandbox: ${status}`, ...named })
  return errorReply(error, links)
}

/** The answer of a key that was used before; the way back may be cut as for any other. */
export function replayWithFault(
  record: IdempotencyRecord,
  fault: RequestAction | undefined,
  links: ErrorLinks,
): Reply {
  if (fault?.kind === 'cut') return cutReply
  if (fault?.kind === 'status') return statusReply(fault, links)
  return {
    status: record.status,
    body: record.body,
    headers: { ...record.headers, 'Idempotent-Replayed': 'true', 'Original-Request': record.request },
    replayed: true,
  }
}

/** No answer at all. */
export const cutReply: Reply = { status: 0, body: {}, headers: {}, cut: true }

/** What the error of a request can point to; its place in Stripe's dashboard is not known before the caller is. */
export function linksOf(core: Core, { id }: Execution['request'], caller: Caller | undefined): ErrorLinks {
  const mode = caller?.realm.livemode ? '' : 'test/'
  const log = `https://dashboard.stripe.com/${mode}logs/${id}?t=${core.clock.seconds()}`
  return { log: caller && log, sandbox: core.baseUrl() }
}

/** The answer of an error. */
export function errorReply(error: unknown, links: ErrorLinks): Reply {
  if (error instanceof StripeError)
    return { status: error.status, body: errorBody(error.fields, links), headers: error.headers }
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
