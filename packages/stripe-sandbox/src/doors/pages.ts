/** Owns the doors to pages that people look at: the live page, and the hosted page of an invoice. */
import { livePage } from '../live-page/live-page.ts'
import { linesOf } from '../resources/billing/invoice-lifecycle.ts'
import { invoices } from '../resources/billing/invoice-object.ts'
import type { Door } from './door.ts'
import { page, table } from './html.ts'

/** The page of the sandbox, and that of an invoice. */
export const pageDoors: readonly Door[] = [
  {
    method: 'GET',
    path: '/_sandbox',
    about:
      'The live page: requests, events, deliveries, faults and the clock as they change; opens, sends again, adds faults.',
    run: ({ core }) => livePage(core),
  },
  {
    method: 'GET',
    path: '/_sandbox/invoices/{id}',
    about: 'The hosted page of an invoice, where hosted_invoice_url points.',
    run: ({ core, id }) => {
      const realm = core.store.realms().find((one) => one.table(invoices).get(id))
      const invoice = realm?.table(invoices).get(id)
      if (!realm || !invoice) throw new Error(`no such invoice: ${id}`)
      const amount = (minor: number) => `${(minor / 100).toFixed(2)} ${invoice.currency.toUpperCase()}`
      const lines = linesOf(realm, id).map((line) => [
        line.description ?? '',
        String(line.quantity),
        amount(line.amount),
      ])
      const sums = [
        ['Total', '', amount(invoice.total)],
        ['Due', '', amount(invoice.amount_due)],
        ['Paid', '', amount(invoice.amount_paid)],
      ]
      return page(
        `Invoice ${invoice.number ?? id} · ${invoice.status}`,
        table(['', 'Quantity', 'Amount'], [...lines, ...sums]),
      )
    },
  },
]
