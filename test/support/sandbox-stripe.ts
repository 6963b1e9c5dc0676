// Owns Stripe's HTTP without HTTP: the sandbox in this process as an implementation of the port.
// Promises: the answers are those that the official client would give for the same call (one suite runs on both); a call has
// its effect in the turn in which it is made, so that one thread repeats itself.

import {
  answerOfStatus,
  type StripeAnswer,
  type StripeCall,
  type StripeHttp,
} from '@lockstep/domain/stripe/stripe-http'
import type { Sandbox } from '@lockstep/stripe-sandbox'
import { z } from 'zod'

const failure = z.object({
  error: z.object({
    type: z.string().optional(),
    code: z.string().optional(),
    param: z.string().optional(),
  }),
})
const v2Failure = z.object({ error: z.object({ code: z.string() }) })

/** Stripe as this key sees it. */
export function sandboxStripe(sandbox: Pick<Sandbox, 'call'>, secretKey: string): StripeHttp {
  return {
    async call(call): Promise<StripeAnswer> {
      const reply = await sandbox.call({
        method: call.method,
        path: call.path,
        headers: {
          authorization: `Bearer ${secretKey}`,
          'content-type': 'application/x-www-form-urlencoded',
          ...(call.idempotencyKey !== undefined && { 'idempotency-key': call.idempotencyKey }),
        },
        body: encoded(call),
      })
      if (!reply) return { kind: 'silence' }
      const { status, headers, body } = reply
      const requestId = headers['Request-Id'] ?? null
      if (status >= 200 && status <= 299) {
        // Over the wire everything is copied; what the sandbox keeps must not be held by its callers.
        const copy: unknown = JSON.parse(JSON.stringify(body))
        return { kind: 'ok', body: copy, replayed: headers['Idempotent-Replayed'] === 'true', requestId }
      }
      const { error } = failure.safeParse(body).data ?? { error: {} }
      const code = v2Failure.safeParse(body).data?.error.code ?? null
      return answerOfStatus({
        status,
        code: error.type === 'idempotency_error' ? 'idempotency_error' : (error.code ?? code),
        param: error.param ?? null,
        reason: headers['Stripe-Rate-Limited-Reason'] ?? null,
        requestId,
      })
    },
  }
}

function encoded({ form }: StripeCall): string {
  return (form ?? []).map(([name, value]) => `${bracketed(name)}=${encodeURIComponent(value)}`).join('&')
}

/** As the official client writes names: brackets stay. */
function bracketed(name: string): string {
  return encodeURIComponent(name).replaceAll('%5B', '[').replaceAll('%5D', ']')
}
