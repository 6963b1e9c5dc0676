// Owns how callers and people at the dashboard write one leaf, and what such a write says of others.

import type { CustomerInput, OperationBody } from '@lockstep/domain/operation/operation'
import type { Write } from './history.ts'

/** The leaves that are written, of each kind one. */
export const leaves = ['name', 'description', 'metadata.a', 'metadata.b', 'address.city'] as const

/** A leaf and what was written to it. */
export interface LeafValue {
  leaf: string
  /** Empty: cleared. */
  value: string
}

/** A caller's metadata is all of it: a key that is left out is cleared. */
export function leavesWritten(body: OperationBody, written: LeafValue | null): LeafValue[] {
  if (body.kind !== 'update' || !body.input.metadata) return written ? [written] : []
  const given = new Map(body.input.metadata.map(({ k, v }) => [k, typeof v === 'string' ? v : '']))
  return ['a', 'b'].map((k) => ({ leaf: `metadata.${k}`, value: given.get(k) ?? '' }))
}

/** The parameter's name at Stripe. */
export function nameOf(leaf: string): string {
  const [head, rest] = leaf.split('.')
  return rest === undefined ? leaf : `${head}[${rest}]`
}

/** Metadata is replaced as a whole, so a caller sends what it last knew of the other key along. */
export function inputOf(leaf: string, value: string, writes: Write[], customerId: string): CustomerInput {
  if (leaf === 'name') return { name: value }
  if (leaf === 'description') return { description: value }
  if (leaf === 'address.city') return { billing_address: { city: value } }
  const key = leaf.slice('metadata.'.length)
  const other = key === 'a' ? 'b' : 'a'
  const last = writes.findLast((each) => each.customerId === customerId && each.leaf === `metadata.${other}`)
  return { metadata: [{ k: key, v: value }, ...(last ? [{ k: other, v: last.value }] : [])] }
}
