// Owns the claim on an e-mail: it is made by callers alone, and unique per tenant without regard to case (PROTOCOL section 1).
// Pure. Promises: a claim is always the lower-cased e-mail that desired holds; an e-mail from Stripe claims nothing.

import { canonical } from '../sync/canonical.ts'
import type { CustomerDocument } from './document.ts'
import type { Json } from './tree.ts'

/** What a caller's e-mail claims; null: nothing, since it is empty. */
export function claimOn(email: Json | undefined): string | null {
  return canonical('email', email)?.toLowerCase() ?? null
}

/**
 * The document whose e-mail was taken from Stripe. Its claim goes (33: kept, it would bar everybody from an e-mail that
 * nobody has), unless Stripe has only other letters of the very e-mail that a caller set: dropped, it would be free for a
 * second customer.
 */
export function withEmailOfStripe(doc: CustomerDocument): CustomerDocument {
  const { email_claim: claim, ...rest } = doc
  const email = doc.desired.find(({ k }) => k === 'email')?.v
  return claim !== undefined && claim === claimOn(email) ? doc : rest
}
