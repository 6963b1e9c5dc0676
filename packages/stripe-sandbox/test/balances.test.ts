import fc from 'fast-check'
import { expect, it } from 'vitest'
import { testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { stripe } = sandbox

it('balance transactions always add up to the balance', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: -9999, max: 9999 })), { maxLength: 12 }),
      async (steps) => {
        const { id } = await stripe.customers.create({})
        for (const [set, amount] of steps) {
          if (set) await stripe.customers.update(id, { balance: amount })
          else await stripe.customers.createBalanceTransaction(id, { amount, currency: 'usd' })
        }
        const { data } = await stripe.customers.listBalanceTransactions(id, { limit: 100 })
        const sum = data.reduce((total, { amount }) => total + amount, 0)
        expect(await stripe.customers.retrieve(id)).toMatchObject({ balance: sum })
        expect(data[0]?.ending_balance ?? 0).toBe(sum)
      },
    ),
    { numRuns: 15 },
  )
})

it('a movement whose amount would not be exact is refused', async () => {
  const { id } = await stripe.customers.create({ balance: 1 })
  const { status } = await sandbox.request(
    'POST',
    `/v1/customers/${id}`,
    `balance=${Number.MIN_SAFE_INTEGER}`,
  )
  expect(status).toBe(400)
  expect(await stripe.customers.retrieve(id)).toMatchObject({ balance: 1 })
})
