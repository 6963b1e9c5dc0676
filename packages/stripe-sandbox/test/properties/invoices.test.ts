import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openDirect } from '../support/direct-sandbox.ts'
import { everything, textOf } from '../support/everything.ts'
import { invoiceAddsUp, invoiceIsPaidAsItSays, invoiceIsWhereItSays } from '../support/laws.ts'
import { runs } from '../support/runs.ts'
import { openShop, sequences } from '../support/shop/shop.ts'
import { stock } from '../support/shop/stock.ts'

it('an invoice adds up in every state, and its payment says the same as it does', async () => {
  await fc.assert(
    fc.asyncProperty(
      sequences(
        ['customers', 'neighbours', 'subscriptions', 'invoices', 'invoices', 'invoices', 'meters', 'time'],
        { max: 50 },
      ),
      async (sequence) => {
        const sandbox = openDirect()
        const shop = openShop(sandbox)
        await stock(shop)
        for (const one of sequence) {
          await shop.take(one)
          const all = await everything(shop.get, ['/v1/events'])
          const numbersTaken = new Set<unknown>()
          for (const invoice of all.get('/v1/invoices') ?? []) {
            invoiceAddsUp(invoice)
            invoiceIsWhereItSays(invoice)
            invoiceIsPaidAsItSays(invoice, all)
            const { number } = invoice
            expect(number !== null && numbersTaken.has(number), `${textOf(number)} twice`).toBe(false)
            numbersTaken.add(number)
          }
        }
        sandbox.close()
      },
    ),
    runs(40),
  )
})
