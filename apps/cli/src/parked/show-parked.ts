// Owns how parked customers are told: an object for programs, tables by code with words for a person on duty.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { parkedReason } from '@lockstep/domain/error/parked'
import type { Screen } from '../terminal/screen.ts'

/** One parked customer, as `--json` prints it. */
export interface ParkedCustomer {
  id: string
  key: string
  code: string
  /** ISO 8601. */
  since: string
  /** What is wrong and what to do, in words. */
  reason: string
}

/** What is told of a parked document; null for one that is not. */
export function parkedCustomer({ _id: id, key, parked }: CustomerDocument): ParkedCustomer | null {
  if (!parked) return null
  const { code, at } = parked
  return { id, key, code, since: new Date(at).toISOString(), reason: parkedReason(code) }
}

/** A section for each code: the words, then the customers. */
export function showParked(screen: Screen, customers: readonly ParkedCustomer[]): void {
  for (const [code, ofCode] of Map.groupBy(customers, (customer) => customer.code)) {
    screen.section(code)
    screen.paragraph(parkedReason(code))
    screen.table({
      columns: [{ header: 'customer' }, { header: 'key', shrinks: true }, { header: 'since' }],
      // To the second: enough to find the worker's log line.
      rows: ofCode.map(({ id, key, since }) => [id, key, `${since.slice(0, 19)}Z`]),
    })
  }
}
