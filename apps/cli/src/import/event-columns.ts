// Owns what the columns of a CSV mean where its rows are events: `type`, whose event it is (`customer_key` or `customer_id`),
// and `data.…`; or those of the Chinook sample database's invoices, which are that customer's past and nothing to be charged.
// Promises: a column that means nothing is refused before anything is sent; an empty cell is an absent member.

import { UsageError } from '../terminal/command-line.ts'
import type { ColumnMap } from './csv-columns.ts'

const own = new Set(['type', 'customer_key', 'customer_id'])
const invoiceColumns = ['InvoiceId', 'CustomerId', 'InvoiceDate', 'Total']

/** The header is that of Chinook's invoices: these are events, whatever else is in the name. */
export function isInvoices(header: readonly string[]): boolean {
  return invoiceColumns.every((column) => header.includes(column))
}

/** What makes an event of each record under this header. @throws UsageError */
export function eventsOf(
  header: readonly string[],
  map: ColumnMap,
): (record: Readonly<Record<string, string>>) => Record<string, unknown> {
  if (map.size === 0 && isInvoices(header)) return invoiceOf
  const fields = header.map((column) => [column, map.get(column) ?? column] as const)
  const unknown = fields.filter(([, field]) => field !== '' && !own.has(field) && !/^data\../.test(field))
  if (unknown.length > 0) {
    const names = unknown.map(([column]) => column)
    throw new UsageError(
      `The header has columns that no event has: ${names.join(', ')}. Say what each is (--map '${names[0]}=data.x'), or leave it out (--map '${names[0]}=').`,
    )
  }
  return (record) => {
    const cells = fields.flatMap(([column, field]): [string, string][] => {
      const cell = record[column]?.trim() ?? ''
      return cell === '' || field === '' ? [] : [[field, cell]]
    })
    const data = cells.flatMap(([field, cell]) =>
      own.has(field) ? [] : [[field.slice('data.'.length), cell] as const],
    )
    return {
      ...Object.fromEntries(cells.filter(([field]) => own.has(field))),
      data: Object.fromEntries(data),
    }
  }
}

function invoiceOf(record: Readonly<Record<string, string>>): Record<string, unknown> {
  const { InvoiceId = '', CustomerId = '', InvoiceDate = '', Total = '' } = record
  return {
    type: 'chinook.invoice_issued',
    customer_key: `chinook-${CustomerId}`,
    data: { invoice_id: InvoiceId, issued_at: InvoiceDate, total: Total },
  }
}
