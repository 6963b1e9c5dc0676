// Owns the receiving side of our webhooks: proof that a delivery is ours, and its event (Standard Webhooks).
// Promises: nothing unproven comes out; a delivery older than five minutes is refused, so a recorded one is no use;
// several secrets are tried, so that one can be rotated.

import { LockstepError } from './errors.ts'

/** The delivery is not proven. Answer 400 and do nothing. */
export class WebhookError extends LockstepError {
  override name = 'WebhookError'
}

/** What a delivery carries. */
export interface UnwrappedEvent {
  /** The delivery's id: the same for every repeat of one event. */
  webhookId: string
  /** The event, as the API shows it. */
  event: { type: string; [member: string]: unknown }
}

/** Seconds that a delivery may be old, or ahead (the specification's own figure). */
const toleranceSeconds = 5 * 60

/** Proves and parses a delivery. `body` is the text as it came, `headers` the request's. */
export async function unwrap(
  body: string,
  headers: Headers | Readonly<Record<string, string | string[] | undefined>>,
  secret: string | readonly string[],
  options: { now?: number } = {},
): Promise<UnwrappedEvent> {
  const id = headerOf(headers, 'webhook-id')
  const timestamp = headerOf(headers, 'webhook-timestamp')
  const signatures = headerOf(headers, 'webhook-signature').split(' ')
  const seconds = Number(timestamp)
  const now = (options.now ?? Date.now()) / 1000
  if (!Number.isSafeInteger(seconds) || Math.abs(now - seconds) > toleranceSeconds)
    throw new WebhookError('webhook-timestamp is too far from now')
  const given = signatures.flatMap((each) => (each.startsWith('v1,') ? [each.slice(3)] : []))
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`)
  for (const each of [secret].flat()) {
    for (const signature of given) {
      if (await matches(each, signature, signed)) return { webhookId: id, event: eventOf(body) }
    }
  }
  throw new WebhookError('no webhook-signature matches the secret')
}

async function matches(secret: string, signature: string, signed: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const [raw, expected] = [bytesOf(secret.replace(/^whsec_/, '')), bytesOf(signature)]
  if (!raw || !expected) return false
  const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  // `verify` compares in constant time.
  return await crypto.subtle.verify('HMAC', key, expected, signed)
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  } catch {
    return null // It is no base64.
  }
}

function eventOf(body: string): UnwrappedEvent['event'] {
  const event: unknown = JSON.parse(body)
  if (typeof event === 'object' && event !== null && 'type' in event && typeof event.type === 'string')
    return { ...event, type: event.type }
  throw new WebhookError('the body is no event')
}

function headerOf(headers: Parameters<typeof unwrap>[1], name: string): string {
  const value =
    headers instanceof Headers
      ? headers.get(name)
      : Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1]
  if (value === undefined || value === null || value === '') throw new WebhookError(`${name} is missing`)
  return Array.isArray(value) ? value.join(' ') : String(value)
}
