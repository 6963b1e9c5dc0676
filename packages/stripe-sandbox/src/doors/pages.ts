/** Owns the doors to pages that people look at: the live page, what is simulated, and the hosted page of an invoice. */
import { simulatedPath } from '../http/stripe-error.ts'
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
    path: simulatedPath,
    about: 'What is simulated, path by path; errors about what is not lead here.',
    run: ({ core }) => {
      const verbs = new Map<string, string[]>()
      for (const { method, path } of core.router.routes())
        verbs.set(path, [...(verbs.get(path) ?? []), method])
      const rows = Array.from(verbs, ([path, methods]) => [path, methods.toSorted().join(' ')])
      const others =
        '<p>Parameters that are not simulated are refused, each by its name. The README has the rest.</p>'
      return page('What is simulated', others + table(['Path', 'Verbs'], rows))
    },
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
