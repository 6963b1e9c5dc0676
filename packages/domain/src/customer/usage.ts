// Owns what a customer has used: the reports that Stripe took, added up for each meter event and calendar month (UTC). Pure.
// Promises: a report counts in the same write that settles its operation, so exactly once; what is kept stays small.

import type { CustomerDocument, UsageTotal } from './document.ts'

export interface UsageReport {
  event_name: string
  value: number
  /** When it was used (seconds since 1970). */
  at: number
}

/** A year and the month under way: what a person compares. */
const monthsMax = 13
/** Totals at most: a customer's document has 16 MB for everything. */
const totalsMax = 1_000

/** The document with this report added. */
export function withUsage(doc: CustomerDocument, { event_name, value, at }: UsageReport): CustomerDocument {
  const month = monthOf(at * 1000)
  const known = doc.usage ?? []
  const isSame = (total: UsageTotal) => total.event_name === event_name && total.month === month
  const before = known.find(isSame) ?? { event_name, month, value: 0, reports: 0 }
  const total = { ...before, value: before.value + value, reports: before.reports + 1 }
  const others = known.filter((each) => !isSame(each))
  const all = [total, ...others].toSorted((a, b) => (a.month < b.month ? 1 : a.month > b.month ? -1 : 0))
  const oldest = [...new Set(all.map((each) => each.month))].at(monthsMax - 1) ?? ''
  return { ...doc, usage: all.filter((each) => each.month >= oldest).slice(0, totalsMax) }
}

/** The calendar month of a time (ms). */
export function monthOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7)
}
