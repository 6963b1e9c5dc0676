import { expect, it } from 'vitest'
import { testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { stripe } = sandbox

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
