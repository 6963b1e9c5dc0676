// Owns how a caller's words become a customer: which fields travel to Stripe as leaves, which stay ours.
// Pure. Promises: an absent field changes nothing, null clears, metadata is replaced as a whole.

import { canonical } from '../sync/canonical.ts'
import type { AddressInput, CustomerInput } from '../operation/operation.ts'
import type { CustomerDocument } from './document.ts'
import { claimOn } from './email-claim.ts'
import { type Json, leavesOf, treeOf } from './tree.ts'

const addressParts = ['line1', 'line2', 'city', 'state', 'postal_code', 'country'] as const
const textFields = ['name', 'email', 'phone', 'description', 'tax_exempt', 'preferred_locales'] as const

/** The document with the input laid over it. Uniqueness and state are not judged here. */
export function withInput(doc: CustomerDocument, input: CustomerInput): CustomerDocument {
  const next: CustomerDocument = { ...doc, desired: leavesOf(withLeaves(treeOf(doc.desired), input)) }
  if (input.tier !== undefined) next.tier = input.tier
  if (input.tags !== undefined) next.tags = [...new Set(input.tags)]
  if (input.source !== undefined) next.source = input.source
  if (input.assigned_to !== undefined) next.assigned_to = input.assigned_to
  if (input.app_id !== undefined) next.app_id = input.app_id
  if (input.user_id !== undefined) next.user_id = input.user_id
  if (input.company_id !== undefined) next.company_id = input.company_id
  if (input.contact_id !== undefined) next.contact_id = input.contact_id
  if (input.organization !== undefined) next.organization = input.organization
  if (input.currency !== undefined) next.currency = input.currency
  if (input.email === undefined) return next
  // A claim is made by callers alone; the write that applies their e-mail makes or drops it.
  delete next.email_claim
  const claim = claimOn(input.email)
  if (claim !== null) next.email_claim = claim
  return next
}

function withLeaves(tree: Map<string, Json>, input: CustomerInput): Map<string, Json> {
  const put = (leaf: string, value: Json | undefined) => {
    if (value === undefined) return
    // `[]`, a blank name and tax_exempt `none` are as empty as null: writing them over nothing changes nothing.
    if (canonical(leaf, value) === null) tree.delete(leaf)
    else tree.set(leaf, value)
  }
  for (const field of textFields) put(field, input[field])
  putAddress('address', input.billing_address, put)
  if (input.shipping !== undefined) {
    put('shipping.name', input.shipping === null ? null : input.shipping.name)
    put('shipping.phone', input.shipping === null ? null : input.shipping.phone)
    putAddress('shipping.address', input.shipping === null ? null : input.shipping.address, put)
  }
  if (input.metadata !== undefined) {
    for (const leaf of tree.keys()) if (leaf.startsWith('metadata.')) tree.delete(leaf)
    for (const { k, v } of input.metadata ?? []) put(`metadata.${k}`, v)
  }
  return tree
}

function putAddress(
  prefix: string,
  address: AddressInput | null | undefined,
  put: (leaf: string, value: Json | undefined) => void,
): void {
  if (address === undefined) return
  for (const part of addressParts) put(`${prefix}.${part}`, address === null ? null : address[part])
}
