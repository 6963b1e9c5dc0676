// What an erasure leaves of a person, on a real stack: every collection is read as it stands in the database.

import { connect } from '@lockstep/domain/store/mongo/connect'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, stripe } from '../support/api.ts'
import { atRest, type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

let stack: Stack
let database: Awaited<ReturnType<typeof connect>>
beforeAll(async () => {
  stack = await startStack({ measured: true })
  database = await connect({ url: stack.mongoUrl, poolSize: 1, appName: 'erasure-test' })
})
afterAll(async () => {
  await database.connection.close()
  await stack.close()
})

const synced = { headers: { prefer: 'wait=30; until=synced' } }
/** In every value that is written of the person, and in no other. */
const mark = 'zaphod'

/** The collections in which the mark stands. */
async function whereItStands(): Promise<string[]> {
  const found: string[] = []
  for (const { name } of await database.db.listCollections().toArray()) {
    const docs = await database.db.collection(name).find({}).toArray()
    if (JSON.stringify(docs).includes(mark)) found.push(name)
  }
  return found.toSorted()
}

test('an erasure leaves nothing that a person wrote, in any collection', async () => {
  const address = { line1: `${mark} street`, city: mark, postal_code: '12345', country: 'DE' }
  const body = {
    key: `${mark}-key`,
    name: mark,
    email: `${mark}@example.com`,
    description: mark,
    billing_address: address,
    shipping: { name: mark, address },
    metadata: { note: mark, nested: { deep: mark } },
    tags: [mark],
    source: mark,
  }
  const { data } = await api(stack, 'POST', '/v1/customers', body, synced)
  const [path, stripeId] = [`/v1/customers/${String(data['id'])}`, String(data['stripe_customer_id'])]
  await api(stack, 'PATCH', path, { name: `${mark} II` }, synced)
  await stripe(stack, 'POST', `/v1/customers/${stripeId}`, { name: `${mark} III` })
  await until(
    'the edit came here',
    async () => (await api(stack, 'GET', path)).data['name'] === `${mark} III`,
  )
  await api(stack, 'POST', `${path}/credit`, { amount: -100, currency: 'usd', reason: mark })
  await api(stack, 'POST', `${path}/payment-methods`, { payment_method: 'pm_card_visa' })
  await api(stack, 'POST', `${path}/entitlements/check`, { lookup_key: mark })
  await api(stack, 'POST', '/v1/events', {
    type: 'billing.seen',
    customer_id: data['id'],
    data: { by: mark },
  })
  const refused = await api(stack, 'PATCH', path, { name: mark }, { headers: { 'if-match': '"1"' } })
  expect(refused.status).toBe(412)
  await atRest(stack)
  await until('the credit is mirrored', async () => {
    return JSON.stringify((await api(stack, 'GET', `${path}/balance-transactions`)).body).includes(mark)
  })
  // The test would tell nothing if it stood nowhere.
  expect(await whereItStands()).toEqual(
    expect.arrayContaining(['customers', 'events', 'mirrored', 'operations']),
  )

  await api(stack, 'POST', `${path}/archive`, undefined, synced)
  const erased = await api(stack, 'POST', `${path}/erase`, undefined, synced)
  expect(erased.status).toBe(200)
  await atRest(stack)
  await until('every record is emptied', async () => (await whereItStands()).length === 0)
  const gone = await api(stack, 'GET', `${path}/export`)
  expect([gone.status, gone.body['code']]).toEqual([404, 'not_found'])
})
