// Owns the official client as an implementation of the port: it turns what it throws into the port's closed list.
// Facts: stripe-node 23 retries twice by default and never reads Retry-After; `maxNetworkRetries: 0` leaves one repeat on
// ECONNRESET with the same key, which is harmless. It sends a flat name like `metadata[__proto__]` as it stands.

import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import Stripe from 'stripe'
import { callMs } from './slots.ts'
import { answerOfStatus, type StripeAnswer, type StripeCall, type StripeHttp } from './stripe-http.ts'

/** More than the account limit times the longest usual answer; the budget, not the pool, is what paces (sockets). */
const socketsMax = 64

export interface StripeClientOptions {
  secretKey: string
  /** Only for the sandbox: `http://127.0.0.1:12111`. */
  apiBase?: string
}

/** Stripe over the wire. `close` ends the kept-alive sockets. */
export function openStripe(options: StripeClientOptions): StripeHttp & { close(): void } {
  const base = options.apiBase === undefined ? null : new URL(options.apiBase)
  const plain = base?.protocol === 'http:'
  const agent = plain
    ? new HttpAgent({ keepAlive: true, maxSockets: socketsMax })
    : new HttpsAgent({ keepAlive: true, maxSockets: socketsMax })
  const stripe = new Stripe(options.secretKey, {
    maxNetworkRetries: 0,
    telemetry: false,
    timeout: callMs,
    httpAgent: agent,
    ...(base && {
      host: base.hostname,
      port: base.port || (plain ? 80 : 443),
      protocol: plain ? 'http' : 'https',
    }),
  })
  return { call: (call) => callOnce(stripe, call), close: () => agent.destroy() }
}

async function callOnce(stripe: Stripe, call: StripeCall): Promise<StripeAnswer> {
  const form = call.form ? Object.fromEntries(call.form) : undefined
  const options = call.idempotencyKey === undefined ? {} : { idempotencyKey: call.idempotencyKey }
  try {
    const body = await stripe.rawRequest(call.method, call.path, form, options)
    const { headers, requestId, statusCode } = body.lastResponse
    // The client takes every JSON body without an `error`, such as a proxy's, for a success.
    if (statusCode < 200 || statusCode > 299) {
      return answerOfStatus({
        status: statusCode,
        code: null,
        param: null,
        reason: null,
        requestId: requestId ?? null,
      })
    }
    return {
      kind: 'ok',
      body,
      replayed: headers['idempotent-replayed'] === 'true',
      requestId: requestId ?? null,
    }
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return answerOf(error)
    // The client trips over a body that is JSON but no object: nothing is known of the call.
    if (error instanceof TypeError) return { kind: 'silence' }
    throw error
  }
}

function answerOf(error: InstanceType<typeof Stripe.errors.StripeError>): StripeAnswer {
  if (error.statusCode === undefined) return { kind: 'silence' }
  return answerOfStatus({
    status: error.statusCode,
    code: error.rawType === 'idempotency_error' ? 'idempotency_error' : (error.code ?? null),
    param: error.param ?? null,
    reason: error.headers?.['stripe-rate-limited-reason'] ?? null,
    requestId: error.requestId ?? null,
  })
}
