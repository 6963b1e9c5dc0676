// Owns what every write of a customer document derives from its content: look-up copies, the due date, and the events
// that tell how operations ended.
// Promises: `sync_due_at` is present exactly while something is due, and keeps the moment at which that began, so the
// sweeper finds whatever a lost doorbell forgot and the age of the backlog is true.

import { canonical } from '../sync/canonical.ts'
import { isDue } from '../sync/plan.ts'
import { type CustomerDocument, wantsLink } from './document.ts'
import { withEndingsTold } from './endings-told.ts'
import { treeOf } from './tree.ts'
import { allEnded, isStranded } from './waiting-commands.ts'

/** The document as it may be written. Commands that would wait for ever are parked, whatever the write was about. */
export function sealed(draft: CustomerDocument, now: number): CustomerDocument {
  const unstranded = isStranded(draft, wantsLink(draft))
    ? allEnded(draft, { code: 'link_lost', parked: true })
    : draft
  const doc = withEndingsTold(unstranded, now)
  const tree = treeOf(doc.desired)
  const lower = (leaf: string) => canonical(leaf, tree.get(leaf))?.toLowerCase() ?? null
  const { sync_due_at: dueSince, ...rest } = doc
  const next: CustomerDocument = { ...rest, email_lower: lower('email'), name_lower: lower('name') }
  if (!isDue(next)) return { ...next, next_attempt_at: null, tries: 0, waits: 0, one_leaf: false }
  return { ...next, sync_due_at: dueSince ?? now }
}

/** The document with its own data changed: a new version for callers. */
export function revised(doc: CustomerDocument, now: number): CustomerDocument {
  return { ...doc, version: doc.version + 1, updated_at: now }
}
