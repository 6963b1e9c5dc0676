// Owns the signature of a delivery, by Standard Webhooks (standardwebhooks.com): id, timestamp and body, one signature
// for each secret that is valid now, so that a rotation has an overlap.

import { bug } from '@lockstep/domain/error/catalogue'
import { keyOf, type OpeningKey, type SealedSecret } from '@lockstep/domain/delivery/sealing'
import { Webhook } from 'standardwebhooks'

/** What is signed. The id is the event's, the same on every attempt: receivers tell repeats by it. */
export interface Message {
  id: string
  at: number
  body: string
}

/** The headers of one attempt. */
export function signedHeaders({ id, at, body }: Message, secrets: readonly string[]): Record<string, string> {
  const signatures = secrets.map((secret) => new Webhook(secret).sign(id, new Date(at), body))
  return {
    'content-type': 'application/json',
    'user-agent': 'Lockstep-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at / 1_000)),
    'webhook-signature': signatures.join(' '),
  }
}

/** Opens sealed secrets, each once: a key agreement for every attempt would cost more than the attempt. */
export function secretOpener(keys: readonly OpeningKey[]): (sealed: SealedSecret, context: string) => string {
  const opened = new Map<string, string>()
  return (sealed, context) => {
    const known = opened.get(sealed)
    if (known !== undefined) return known
    const key = keys.find(({ id }) => id === keyOf(sealed))
    if (!key) throw bug('an endpoint’s secret is sealed to a key that this worker does not have')
    const secret = key.open(sealed, context)
    if (opened.size >= openedMax) opened.clear()
    opened.set(sealed, secret)
    return secret
  }
}

/** Secrets kept open: more endpoints than one installation has, and a few hundred kilobytes at most. */
const openedMax = 5_000
