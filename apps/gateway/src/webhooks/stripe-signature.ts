// Owns the proof that a webhook came from Stripe (docs.stripe.com/webhooks#verify-manually), by Stripe's own library.
// Promises: several secrets and several signatures are tried; a timestamp more than five minutes from now, before or
// after, is refused (the library alone would take any future one).

import { bug, LockstepError } from '@lockstep/domain/error/catalogue'
import Stripe from 'stripe'

/** Seconds: Stripe's own default. */
const toleranceSeconds = 300

/** Returns if the bytes were signed with one of the secrets, now (ms); else throws what is wrong. */
export function verifyStripeSignature(signed: {
  payload: Buffer
  header: string | undefined
  secrets: readonly string[]
  now: number
}): void {
  const { payload, header, secrets, now } = signed
  if (header === undefined || !secrets.some((secret) => isSigned(payload, header, secret))) {
    throw new LockstepError('bad_signature')
  }
  if (Math.abs(now / 1000 - timestampOf(header)) > toleranceSeconds) throw new LockstepError('bad_timestamp')
}

function isSigned(payload: Buffer, header: string, secret: string): boolean {
  const { signature } = Stripe.webhooks
  if (!signature) throw bug('the Stripe library has no signatures')
  try {
    // Tolerance 0 leaves the time to us; the timestamp is part of what is signed.
    return signature.verifyHeader(payload, header, secret, 0)
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false
    throw error
  }
}

/** The one that the library signed: of several `t=` the last. */
function timestampOf(header: string): number {
  const stamps = header.split(',').filter((item) => item.startsWith('t='))
  return Number.parseInt(stamps.at(-1)?.slice(2) ?? '', 10)
}
