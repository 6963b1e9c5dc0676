// Owns the columns of an exported CSV: those that an import reads, and what people look for beside them. Pure.
// Promises: what was exported can be imported: the same fields, in the same form.

import type { Customer } from '@lockstep/client'
import { stringify } from 'csv-stringify/sync'

const plain = [
  'id',
  'key',
  'name',
  'email',
  'phone',
  'description',
  'tax_exempt',
  'currency',
  'tier',
  'source',
  'assigned_to',
  'app_id',
  'user_id',
  'company_id',
  'contact_id',
  'organization',
  'status',
  'state',
  'stripe_customer_id',
  'created_at',
  'updated_at',
] as const satisfies (keyof Customer)[]
const addressParts = ['line1', 'line2', 'city', 'state', 'postal_code', 'country'] as const
const json = ['tags', 'preferred_locales', 'metadata'] as const

/** The header. */
export const csvHeader: readonly string[] = [
  ...plain,
  ...addressParts.map((part) => `billing_address.${part}`),
  'shipping.name',
  'shipping.phone',
  ...addressParts.map((part) => `shipping.address.${part}`),
  ...json,
]

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
    ...json.map((name) => (Object.keys(customer[name]).length > 0 ? JSON.stringify(customer[name]) : '')),
  ]
}
