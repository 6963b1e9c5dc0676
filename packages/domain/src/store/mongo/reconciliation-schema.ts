// Owns the declared fields of the reconciliations' collection.

import type { ListPlace } from '../../reconciliation/list-window.ts'
import type {
  Finding,
  HeldCustomer,
  Pass,
  PassCounts,
  PassWish,
  Reconciliation,
} from '../../reconciliation/pass.ts'
import { type Fields, number, numberOrNull, part, text, textOrNull } from './schema-parts.ts'

const finding = part<Finding>({ kind: text, customer: textOrNull, stripe: textOrNull, fields: [String] })
const counts = part<PassCounts>({
  pages: number,
  at_stripe: number,
  here: number,
  under_way: number,
  missing: number,
  extra: number,
  drifted: number,
  deleted: number,
  duplicated: number,
  absent: number,
  held: number,
})

/** One document for each tenant. */
export const reconciliationFields: Fields<Reconciliation> = {
  _id: text,
  rev: number,
  holder: textOrNull,
  leased_until: number,
  pass: part<Pass>({
    id: text,
    reason: text,
    asked_at: number,
    began_at: numberOrNull,
    ended_at: numberOrNull,
    reading: text,
    place: part<ListPlace>({ after: textOrNull, frontier: numberOrNull, carried: [String] }),
    here_after: textOrNull,
    expected: numberOrNull,
    counts,
    open: [finding],
    found: [finding],
  }),
  wish: part<PassWish>({ reason: text, asked_at: number, expected: numberOrNull }),
  held: [part<HeldCustomer>({ stripe: text, why: text, customers: [String], at: number })],
}
