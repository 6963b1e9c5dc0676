import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { JsonObject } from '../../src/json.ts'
import { openDirect } from '../support/direct-sandbox.ts'
import { everything, textOf } from '../support/everything.ts'
import { balanceAddsUp, customersIn } from '../support/laws.ts'
import { runs } from '../support/runs.ts'
import { openShop, sequences } from '../support/shop/shop.ts'
import { stock } from '../support/shop/stock.ts'

it('a balance is the sum of its movements at any time, and each movement ends at the sum up to it', async () => {
  await fc.assert(
    fc.asyncProperty(
      sequences(['customers', 'neighbours', 'subscriptions', 'invoices', 'invoices', 'invoices', 'time'], {
        max: 50,
      }),
      async (sequence) => {
        const sandbox = openDirect()
        const shop = openShop(sandbox, ['sk_test_1', 'sk_test_2', 'rk_test_3'])
        await stock(shop)
        for (const one of sequence) {
          await shop.take(one)
          const all = await everything(shop.get, ['/v1/events'])
          for (const customer of customersIn(all)) balanceAddsUp(customer, all)
        }
        sandbox.close()
      },
    ),
    runs(40),
  )
})

it('the movements of a customer that was deleted still add up, and do not change any more', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -900, max: 900 }), { maxLength: 12 }),
      fc.nat(12),
      (amounts, end) => {
        const sandbox = openDirect()
        const made = sandbox.call('POST', '/v1/customers', { balance: 5 })
        const path = `/v1/customers/${textOf(made.body['id'])}`
        const statuses = amounts.map((amount, index) => {
          if (index === end) sandbox.call('DELETE', path)
          return sandbox.call('POST', `${path}/balance_transactions`, { amount, currency: 'usd' }).status
        })
        expect(statuses).toEqual(amounts.map((_amount, index) => (index < end ? 200 : 404)))
        const { body } = sandbox.call('GET', `${path}/balance_transactions`, { limit: 100 })
        const kept = numbers(body['data'] as JsonObject[], 'amount')
        expect(kept.toReversed()).toEqual([5, ...amounts.slice(0, end)])
        sandbox.close()
        return Promise.resolve()
      },
    ),
    runs(40),
  )
})

const numbers = (objects: readonly JsonObject[], member: string) => objects.map((one) => Number(one[member]))
