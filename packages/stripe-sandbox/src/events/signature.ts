/**
 * Owns the `Stripe-Signature` header.
 * Promises: `t` in whole seconds and one `v1` for each secret: HMAC-SHA256 over `<t>.<body>`, keyed by the whole `whsec_…` text.
 */
import { createHmac } from 'node:crypto'

/** Signs a body; `at` in seconds. */
export function signatureHeader(body: string, secrets: readonly string[], at: number): string {
  const signatures = secrets.map(
    (secret) => `v1=${createHmac('sha256', secret).update(`${at}.`).update(body).digest('hex')}`,
  )
  return [`t=${at}`, ...signatures].join(',')
}
