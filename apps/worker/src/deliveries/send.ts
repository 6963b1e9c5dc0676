// Owns one attempt to hand a signed event to an endpoint over HTTP.
// Promises: never throws, never takes longer than its limit, follows no redirect (it could lead anywhere), reads no more
// of the answer than its status, and connects only to checked addresses.

import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { AttemptError } from '@lockstep/domain/delivery/endpoint'
import { checkedLookup, checkLiteral, RefusedAddress } from './checked-lookup.ts'

/** What became of it. */
export interface Sent {
  ok: boolean
  status: number | null
  error: AttemptError | null
}

export interface Sender {
  send(message: { url: string; headers: Record<string, string>; body: string }): Promise<Sent>
  close(): void
}

/** An endpoint should answer first and work later; Standard Webhooks asks for 15 to 30 s (ms). */
const timeoutMs = 15_000
/** Connections to one host: as many as events go out at once for one endpoint. */
const socketsMax = 8
/** Idle connections stay this long (ms): bursts reuse them, and servers close theirs after 5 s or more. */
const idleMs = 4_000

/** `allowPrivate`: addresses are not checked, for a stack on one machine. */
export function openSender({ allowPrivate }: { allowPrivate: boolean }): Sender {
  const kept = { keepAlive: true, maxSockets: socketsMax, timeout: idleMs }
  const agents = { 'http:': new HttpAgent(kept), 'https:': new HttpsAgent(kept) }
  const lookup = allowPrivate ? {} : { lookup: checkedLookup() }

  return {
    send: ({ url, headers, body }) =>
      new Promise<Sent>((resolve) => {
        const target = new URL(url)
        const failed = (error: unknown) => resolve({ ok: false, status: null, error: reasonOf(error) })
        try {
          checkLiteral(target.hostname, allowPrivate)
          const https = target.protocol === 'https:'
          const request = (https ? httpsRequest : httpRequest)(target, {
            method: 'POST',
            agent: https ? agents['https:'] : agents['http:'],
            headers: { ...headers, 'content-length': Buffer.byteLength(body) },
            signal: AbortSignal.timeout(timeoutMs),
            ...lookup,
          })
          request.on('error', failed)
          request.on('response', (response) => {
            const status = response.statusCode ?? 0
            // What it says is nobody's business; unread, it would hold the connection.
            response.resume()
            response.on('error', () => undefined)
            resolve({ ok: status >= 200 && status < 300, status, error: faultOf(status) })
          })
          request.end(body)
        } catch (error) {
          failed(error)
        }
      }),
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

function faultOf(status: number): AttemptError | null {
  if (status >= 200 && status < 300) return null
  return status >= 300 && status < 400 ? 'redirected' : 'status'
}

function reasonOf(error: unknown): AttemptError {
  if (error instanceof RefusedAddress) return 'refused_address'
  if (!(error instanceof Error)) return 'no_connection'
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'timeout'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'unresolved'
  return /CERT|SIGNED|TLS|SSL|ALTNAME/.test(code) ? 'bad_certificate' : 'no_connection'
}
