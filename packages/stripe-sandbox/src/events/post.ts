/**
 * Owns one HTTP POST of a webhook.
 * Promises: never throws; only a 2xx within the time allowed counts as taken (a redirect only if the settings say so).
 */
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

/** Connections that are kept open between deliveries. */
export type Agents = { readonly http: HttpAgent; readonly https: HttpsAgent; close(): void }

/** Connections to one receiver at once: enough for 1,000 deliveries a second at 30 ms each. */
const socketsMax = 32

/** Makes the connections' keepers. */
export function createAgents(): Agents {
  const http = new HttpAgent({ keepAlive: true, maxSockets: socketsMax })
  const https = new HttpsAgent({ keepAlive: true, maxSockets: socketsMax })
  return {
    http,
    https,
    close() {
      http.destroy()
      https.destroy()
    },
  }
}

/** What came of it; `text` is the status or the failure, for the log. */
export type PostResult = { readonly ok: boolean; readonly text: string }

/** Posts a signed body. */
export function postWebhook(options: {
  readonly url: string
  readonly body: string
  readonly signature: string
  readonly timeoutMs: number
  /** Whether a redirect counts as taken; it is not followed. */
  readonly redirectOk: boolean
  readonly agents: Agents
}): Promise<PostResult> {
  const { url, body, signature, timeoutMs, redirectOk, agents } = options
  return new Promise((resolve) => {
    const secure = url.startsWith('https:')
    const request = (secure ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: secure ? agents.https : agents.http,
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Length': Buffer.byteLength(body),
        'Stripe-Signature': signature,
        'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        Accept: '*/*; q=0.5, application/xml',
      },
    })
    const timer = setTimeout(() => request.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs)
    request.on('response', (response) => {
      const status = response.statusCode ?? 0
      response.resume()
      response.on('close', () => {
        clearTimeout(timer)
        resolve({ ok: status >= 200 && status < (redirectOk ? 400 : 300), text: String(status) })
      })
    })
    request.on('error', (error) => {
      clearTimeout(timer)
      resolve({ ok: false, text: error.message })
    })
    request.end(body)
  })
}
