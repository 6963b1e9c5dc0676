/** Owns the pages that people look at: what happens in the sandbox, and the hosted page of an invoice. */
import { deliveries } from '../events/deliveries.ts'
import { events } from '../events/stored-event.ts'
import { linesOf } from '../resources/billing/invoice-lifecycle.ts'
import { invoices } from '../resources/billing/invoice-object.ts'
import type { Door, DoorCall } from './door.ts'
import { page, table } from './html.ts'

/** Rows shown of each kind: what fits on a screen or two. */
const rowsMax = 25

/** The page of the sandbox, and that of an invoice. */
export const pageDoors: readonly Door[] = [
  {
    method: 'GET',
    path: '/_sandbox',
    about:
      'A page for people: requests, events, deliveries, faults and the clock, renewed every two seconds.',
    run: ({ core }) => page('Stripe sandbox', `<meta http-equiv="refresh" content="2">${overview(core)}`),
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

function overview(core: DoorCall['core']): string {
  const realms = core.store.realms()
  const requests = core.log.list().slice(-rowsMax).toReversed()
  const time = (ms: number) => new Date(ms).toISOString().slice(11, 23)
  const newest = realms.flatMap((realm) => firstOf(realm.table(events).newestFirst()))
  const sent = realms.flatMap((realm) => firstOf(realm.table(deliveries).newestFirst()))
  const faults = core.faults.list()
  return [
    `<p>Clock ${new Date(core.clock.now()).toISOString()} (${Math.round(core.clock.offset() / 1000)} s ahead) · limits ${core.settings.limits} · latency ${core.settings.latency.join('–')} ms</p>`,
    '<h2>Requests</h2>',
    table(
      ['at', 'call', 'status', 'ms', 'key'],
      requests.map((one) => [
        time(one.at),
        `${one.method} ${one.path}`,
        `${one.status}${one.code ? ` ${one.code}` : ''}`,
        String(one.ms),
        one.idempotency_key ?? '',
      ]),
    ),
    '<h2>Events</h2>',
    table(
      ['at', 'type', 'id'],
      newest.map((event) => [
        new Date(event.created * 1000).toISOString().slice(11, 19),
        event.type,
        event.id,
      ]),
    ),
    '<h2>Deliveries</h2>',
    table(
      ['type', 'to', 'state', 'tries', 'result'],
      sent.map((one) => [one.type, one.url, one.status, String(one.attempts), one.last_result ?? '']),
    ),
    '<h2>Faults</h2>',
    table(
      ['id', 'action', 'matched', 'applied'],
      faults.map((one) => [one.id, one.action.kind, String(one.matched), String(one.applied)]),
    ),
  ].join('')
}

function firstOf<T>(rows: Iterable<T>): T[] {
  const found: T[] = []
  for (const row of rows) {
    if (found.length === rowsMax) break
    found.push(row)
  }
  return found
}
