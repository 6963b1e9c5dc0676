import { expect, it } from 'vitest'
import { testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { stripe } = sandbox
const most = Number.MAX_SAFE_INTEGER
const refused = async (path: string, body: string) => {
  const { status, error } = await sandbox.request('POST', path, body)
  return [status, error['param']]
}

it('a pattern of event types is matched in no time, however many stars it has', async () => {
  await stripe.customers.create({ name: 'x' })
  const types = async (type: string) => (await stripe.events.list({ type })).data.map((event) => event.type)
  expect(await types(`${'*'.repeat(2000)}x`)).toEqual([])
  expect(await types('*a*a*a*a*a*a*a*a*a*a*a*a*')).toEqual([])
  expect(await types('*.*')).toEqual(['customer.created'])
  expect(await types('c*r.*d')).toEqual(['customer.created'])
  expect(await types('customer.created*created')).toEqual([])
})

