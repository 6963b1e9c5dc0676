// Owns the columns of an exported CSV: those that an import reads, and what people look for beside them. Pure.
// Promises: what was exported can be imported: the same fields, in the same form.

import type { Customer } from '@lockstep/client'
import { stringify } from 'csv-stringify/sync'
import { addressParts, jsonFields, nestedFields, textFields } from '../csv/csv-fields.ts'

const plain = [
  'id',
  ...textFields,
  'status',
  'state',
  'stripe_customer_id',
  'created_at',
  'updated_at',
] as const satisfies (keyof Customer)[]

/** The header. */
export const csvHeader: readonly string[] = [...plain, ...nestedFields, ...jsonFields]

/** Lines of CSV (RFC 4180), each with its end. */
export function csvLines(rows: readonly (readonly unknown[])[]): string {
  return stringify(rows.map((row) => [...row]))
}

/** The cells of a customer, in the header's order. */
export function csvRow(customer: Customer): unknown[] {
  const { billing_address, shipping } = customer
  return [
    ...plain.map((name) => customer[name]),
    ...addressParts.map((part) => billing_address?.[part]),
    shipping?.name,
    shipping?.phone,
    ...addressParts.map((part) => shipping?.address?.[part]),
    // Without a value there is an empty cell, as of every other column.
    ...jsonFields.map((name) =>
      Object.keys(customer[name]).length > 0 ? JSON.stringify(customer[name]) : '',
    ),
  ]
}
