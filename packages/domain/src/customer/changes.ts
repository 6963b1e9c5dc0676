// Owns the difference between two shapes of one customer, field by field, in the API's words.

import type { CustomerDocument } from './document.ts'
import { type Json, leafNames, treeOf } from './tree.ts'
import { apiField } from './view.ts'

/** One changed field: a type alias, so that it is a JSON object. */
export type FieldChange = { field: string; from: Json; to: Json }

const ownFields = [
  'app_id',
  'state',
  'status',
  'tier',
  'tags',
  'source',
  'assigned_to',
  'user_id',
  'company_id',
  'contact_id',
  'organization',
  'currency',
] as const

/** What a caller would see changed, the sync's book-keeping aside. */
export function fieldChanges(before: CustomerDocument, after: CustomerDocument): FieldChange[] {
  const [old, now] = [treeOf(before.desired), treeOf(after.desired)]
  const leaves = leafNames(old, now).map((leaf) => ({
    field: apiField(leaf),
    from: old.get(leaf) ?? null,
    to: now.get(leaf) ?? null,
  }))
  const own = ownFields.map((field): FieldChange => ({ field, from: before[field], to: after[field] }))
  return [...leaves, ...own].filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to))
}
