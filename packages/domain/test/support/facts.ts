// Owns the comparison of two documents that came to be in different ways: what is known of the customer, not in which order
// it was written down.

import type { CustomerDocument } from '../../src/customer/document.ts'

/** The document as a set of facts: without ids, the order of its lists, and what only counts. */
export function asFacts({ obs: _, last_synced_at: __, ...doc }: CustomerDocument) {
  const { desired, observed, base, refused } = doc
  const lists = {
    desired,
    observed,
    base,
    refused,
    conflicts: doc.conflicts.map(({ id: _id, ...conflict }) => conflict),
    // When an echo came is told by a count of events; that it came, by this.
    pushes: doc.pushes.map(({ key, looked, echo_wanted }) => ({ key, looked, echoed: echo_wanted !== null })),
    replaced: doc.replaced ?? [],
    outbox: doc.outbox.map(({ type, data }) => ({ type, data: toldIn(data) })),
  }
  const sets = Object.entries(lists).map(([name, list]) => [name, list.map(asText).toSorted()] as const)
  return { ...doc, ...Object.fromEntries(sets) }
}

/** What an event tells of a change, or of a conflict; the whole customer beside it depends on what came before. */
function toldIn(data: string): object {
  const { customer: _, changes = [], ...told } = JSON.parse(data) as { customer?: object; changes?: object[] } // Our own text.
  return { ...told, changes: changes.map(asText).toSorted() }
}

function asText(value: object): string {
  return JSON.stringify(value)
}
