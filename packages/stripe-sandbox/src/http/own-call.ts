/**
 * Owns the API calls that the sandbox makes to itself: what leads to a triggered event, what fixtures consist of.
 * Promises: the same validation, effect, events and log line as a request from outside; no latency, no limit and no fault touches them, so
 * that a rule that somebody is trying out does not hit the tool it is tried with.
 */
import type { Core } from '../core.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import { checkParams } from '../params/param.ts'
import type { Realm } from '../state/store.ts'
import { errorReply, executeWithFault, type Reply } from './execute.ts'
import { formOf } from './json-form.ts'
import { StripeError, unknownUrl } from './stripe-error.ts'

/** Makes calls in one realm. Each throws an Error with the call and Stripe's own text if it is refused. */
export type OwnCalls = {
  readonly post: (path: string, params?: JsonObject) => JsonObject
  readonly remove: (path: string) => JsonObject
}

/** Calls in a realm; they stand in the log of requests unless `isLogged` is false. */
export function createOwnCalls(
  core: Core,
  realm: Realm,
  { isLogged = true }: { readonly isLogged?: boolean } = {},
): OwnCalls {
  const answered = (call: OwnCall) => {
    const id = core.newId('req_', 14)
    const reply = replyTo(core, realm, call, id)
    if (isLogged) note(core, realm, call, id, reply)
    if (reply.status === 200) return reply.body
    throw new Error(`${call.method} ${call.path}: ${reply.status} ${messageOf(reply.body)}`)
  }
  return {
    post: (path, params = {}) => answered({ method: 'POST', path, params }),
    remove: (path) => answered({ method: 'DELETE', path, params: {} }),
  }
}

type OwnCall = { readonly method: string; readonly path: string; readonly params: JsonObject }

function replyTo(core: Core, realm: Realm, call: OwnCall, id: string): Reply {
  try {
    return run(core, realm, call, id)
  } catch (error) {
    if (error instanceof StripeError) return errorReply(error, { log: undefined, sandbox: core.baseUrl() })
    throw error
  }
}

function run(core: Core, realm: Realm, { method, path, params: given }: OwnCall, id: string): Reply {
  const match = core.router.match(method, path)
  if (!match) throw unknownUrl(method, path)
  const params = checkParams(match.route.params, formOf(given), core.settings)
  match.route.check?.(params, core)
  const caller = { realm, key: undefined, shown: 'the sandbox itself' }
  return executeWithFault(
    core,
    { request: { id, key: null }, match, caller, claim: undefined, params },
    undefined,
  )
}

function messageOf({ error }: JsonObject): string {
  return isJsonObject(error) && typeof error['message'] === 'string' ? error['message'] : ''
}

function note(core: Core, realm: Realm, { method, path }: OwnCall, id: string, { status }: Reply): void {
  core.log.add({
    method,
    path,
    query: '',
    status,
    idempotency_key: null,
    request_id: id,
    at: core.clock.now(),
    ms: 0,
    account: realm.account,
    replayed: false,
    code: null,
  })
}
