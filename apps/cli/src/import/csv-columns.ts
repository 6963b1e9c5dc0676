// Owns what the columns of a CSV mean: fields of the API by their names, dotted where they are inside another
// (`billing_address.city`, `metadata.plan`), or those of the Chinook sample database.
// Promises: a column that means nothing is refused before anything is sent; an empty cell is an absent field.

import { jsonFields, nestedFields, textFields } from '../csv/csv-fields.ts'
import { UsageError } from '../terminal/command-line.ts'
import { chinookColumns, chinookCustomer } from './chinook-csv.ts'
import { readOnly } from './exported-customer.ts'

/** Columns under names of their own: `Company` → `metadata.company`; to nothing: the column is left out. */
export type ColumnMap = ReadonlyMap<string, string>

const texts = new Set<string>([...textFields, 'external_billing_id'])
const nested = new Set(nestedFields)
const json = new Set<string>(jsonFields)

/** What makes a body of each record under this header. @throws UsageError */
export function columnsOf(
  header: readonly string[],
  map: ColumnMap,
): (record: Readonly<Record<string, string>>) => Record<string, unknown> {
  if (map.size === 0 && chinookColumns.every((column) => header.includes(column)))
    return (record) => ({ ...chinookCustomer(record).customer })
  const fields = header.map((column) => [column, map.get(column) ?? column] as const)
  const unknown = fields.filter(([, field]) => !isKnown(field)).map(([column]) => column)
  if (unknown.length > 0) {
    throw new UsageError(
      `The header has columns that are no fields: ${unknown.join(', ')}. Say what each is (--map '${unknown[0]}=metadata.x'), or leave it out (--map '${unknown[0]}=').`,
    )
  }
  return (record) => bodyOf(fields, record)
}

function isKnown(field: string): boolean {
  if (field === '' || readOnly.has(field) || texts.has(field) || nested.has(field) || json.has(field))
    return true
  return /^metadata\../.test(field)
}

function bodyOf(
  fields: readonly (readonly [string, string])[],
  record: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const body = new Map<string, unknown>()
  const inside = new Map<string, Map<string, unknown>>()
  for (const [column, field] of fields) {
    const cell = record[column]?.trim() ?? ''
    if (cell === '' || field === '' || readOnly.has(field)) continue
    if (texts.has(field)) body.set(field, cell)
    else if (json.has(field)) body.set(field, jsonIn(column, cell))
    else {
      const dot = field.startsWith('metadata.') ? 'metadata'.length : field.lastIndexOf('.')
      const [parent, name] = [field.slice(0, dot), field.slice(dot + 1)]
      inside.set(parent, (inside.get(parent) ?? new Map<string, unknown>()).set(name, cell))
    }
  }
  const part = (name: string) => (inside.has(name) ? Object.fromEntries(inside.get(name) ?? []) : undefined)
  const address = part('billing_address')
  const shippingAddress = part('shipping.address')
  const shipping = part('shipping')
  const metadata = part('metadata')
  if (address) body.set('billing_address', address)
  if (shipping || shippingAddress) body.set('shipping', { ...shipping, address: shippingAddress ?? {} })
  if (metadata) body.set('metadata', { ...Object(body.get('metadata')), ...metadata })
  return Object.fromEntries(body)
}

function jsonIn(column: string, cell: string): unknown {
  try {
    return JSON.parse(cell)
  } catch {
    throw new Error(`column ${column} is not JSON`)
  }
}
