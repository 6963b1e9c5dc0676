// Owns the official client as an implementation of the port: it turns what it throws into the port's closed list.
// Facts: stripe-node 23 retries twice by default and never reads Retry-After; `maxNetworkRetries: 0` leaves one repeat on
// ECONNRESET with the same key, which is harmless. It sends a flat name like `metadata[__proto__]` as it stands.

import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import Stripe from 'stripe'
import type { StripeAnswer, StripeCall, StripeHttp } from './stripe-http.ts'

/** Well under the hour that the protocol grants a call on its way, and short enough that silence is noticed (ms). */
const timeoutMs = 20_000
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
    timeout: timeoutMs,
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
    const { headers, requestId } = body.lastResponse
    return {
      kind: 'ok',
      body,
      replayed: headers['idempotent-replayed'] === 'true',
      requestId: requestId ?? null,
    }
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return answerOf(error)
    throw error
  }
}

function answerOf(error: InstanceType<typeof Stripe.errors.StripeError>): StripeAnswer {
  const status = error.statusCode
  const requestId = error.requestId ?? null
  if (status === undefined) return { kind: 'silence' }
  if ([409, 424, 429, 502, 503, 504].includes(status)) {
    return {
      kind: 'busy',
      status,
      reason: error.headers?.['stripe-rate-limited-reason'] ?? error.code ?? null,
      requestId,
    }
  }
  if (status >= 500) return { kind: 'stored_500', requestId }
  const code =
    error.rawType === 'idempotency_error' ? 'idempotency_error' : (error.code ?? `status_${status}`)
  return { kind: 'refused', status, code, param: error.param ?? null, requestId }
}
