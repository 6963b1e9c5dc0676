// Owns the session of a person on duty: a sealed cookie that any gateway process can open.
// Promises: it holds no key, only which stored key opened it and until when; AES-256-GCM, so it can be neither read nor
// altered; a revoked key ends it. The sealing keys are derived from the webhook secrets, the one secret that all
// gateways have in common; while those rotate, cookies sealed under either stay good.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { bug } from '@lockstep/domain/error/catalogue'
import { z } from 'zod'

/** A working day and the hand-over. */
export const sessionSeconds = 12 * 60 * 60
/** `Path=/ops` keeps it from the API. */
export const sessionCookie = 'lockstep_ops'

/** Bytes: what GCM is specified with (NIST SP 800-38D). */
const ivBytes = 12
const tagBytes = 16

const content = z.strictObject({ hash: z.string(), until: z.number() })

export interface Sessions {
  /** The cookie's value for the key with this stored hash. */
  seal: (keyHash: string, now: number) => string
  /** The stored hash of the key that opened the session; null where it is none, altered or over. */
  open: (cookie: string, now: number) => string | null
}

/** Sessions under keys derived from these secrets; the first seals, any opens. */
export function opsSessions(secrets: readonly string[]): Sessions {
  const keys = secrets.map((secret) =>
    Buffer.from(hkdfSync('sha256', secret, '', 'lockstep ops session 1', 32)),
  )
  const [sealing] = keys
  if (!sealing) throw bug('sessions need a secret')
  return {
    seal(hash, now) {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv('aes-256-gcm', sealing, iv)
      const text = JSON.stringify({ hash, until: now + sessionSeconds * 1000 })
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
    },
    open(cookie, now) {
      const bytes = Buffer.from(cookie, 'base64url')
      const text = keys.map((key) => unsealed(key, bytes)).find((found) => found !== null)
      if (text === undefined) return null
      const parsed = content.safeParse(JSON.parse(text))
      return parsed.success && parsed.data.until > now ? parsed.data.hash : null
    },
  }
}

function unsealed(key: Buffer, bytes: Buffer): string | null {
  if (bytes.length <= ivBytes + tagBytes) return null
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes))
    decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
    return decipher.update(bytes.subarray(ivBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return null // Another key, or altered.
  }
}
