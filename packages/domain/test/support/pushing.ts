// Owns the customer on its way: linked, agreed on name a0, with the update that makes it a1 written down.

import type { CustomerDocument } from '../../src/customer/document.ts'
import { type Noted, type Noting, noted } from '../../src/sync/echo.ts'
import { opened } from '../../src/sync/intent.ts'
import type { Policy } from '../../src/sync/merge.ts'
import { accept } from '../../src/sync/observe.ts'
import { nextStep } from '../../src/sync/plan.ts'
import { aMoment, anAgreed, anEvent, at, oursAlways, shownBy, wishing } from './documents.ts'

/** The document with its next step, an update, written down. */
export function openedUpdate(doc: CustomerDocument): CustomerDocument {
  const step = nextStep(doc)
  if (step.kind !== 'update') throw new Error(step.kind)
  return opened(doc, step, at)
}

/** Linked, agreed on a0, wants a1: with the update that says so open. */
export function pushing(fields: Partial<CustomerDocument> = {}): CustomerDocument {
  return { ...openedUpdate(wishing(anAgreed({ name: 'a0', phone: '+1' }), { name: 'a1' })), ...fields }
}

/** A look that began now and shows the base with these changes. */
export function look(
  doc: CustomerDocument,
  changes: Record<string, string | null>,
  policyFor: () => Policy = oursAlways,
): CustomerDocument {
  const seen = { customer: shownBy(doc, changes), lookedFor: doc.wanted, policyFor }
  return accept(doc, seen, aMoment(at + 900))
}

/** The key of a customer's first push. */
export const firstKey = 'ls:update:customer-1:1.1'

/** The echo of that push, with what it changed. */
export function echo(previous: unknown, fields: Partial<Noting> = {}): Noting {
  return {
    event: anEvent({ idempotency_key: firstKey, previous_attributes: JSON.stringify(previous) }),
    keptPush: null,
    policyFor: oursAlways,
    ...fields,
  }
}

/** The document with the event noted. */
export function note(doc: CustomerDocument, noting: Noting): Noted {
  return noted(doc, noting, aMoment(at + 50))
}
