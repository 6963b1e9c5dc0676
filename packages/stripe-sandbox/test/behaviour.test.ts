import { expect, it } from 'vitest'
import { testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { stripe } = sandbox

it('the hosted page of an invoice is where its url points', async () => {
  const { id } = await stripe.customers.create({})
  await stripe.invoiceItems.create({ customer: id, amount: 700, currency: 'usd', description: 'Work & more' })
  const draft = await stripe.invoices.create({ customer: id, pending_invoice_items_behavior: 'include' })
  const { hosted_invoice_url } = await stripe.invoices.finalizeInvoice(draft.id)
  const text = await (await fetch(hosted_invoice_url ?? '')).text()
  expect(text).toContain('Work &amp; more')
  expect(text).toContain('7.00 USD')
})
