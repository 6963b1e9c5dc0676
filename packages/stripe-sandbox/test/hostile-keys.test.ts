import { expect, it } from 'vitest'
import { testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })

it('an update tells a new key of metadata as null, whatever the key is called', async () => {
  const { id } = await sandbox.stripe.customers.create({})
  // By a plain request: the client's own encoder drops such a key.
  await sandbox.request('POST', `/v1/customers/${id}`, 'metadata[constructor]=1&metadata[__proto__]=2')
  const { json } = await sandbox.request('GET', '/v1/events?type=customer.updated&limit=1')
  expect(JSON.stringify(json['data'])).toContain(
    '"previous_attributes":{"metadata":{"constructor":null,"__proto__":null}}',
  )
})
