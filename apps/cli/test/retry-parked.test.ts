import { type CustomerDocument, newCustomer } from '@lockstep/domain/customer/document'
import { memoryStore } from '@lockstep/domain/store/memory/memory-store'
import { beforeEach, expect, it } from 'vitest'
import { parkedCustomers, retryAll, retryOne } from '../src/parked/retry-parked.ts'

const now = 1_767_225_600_000
const tenantId = 'default'
let store = memoryStore()

beforeEach(() => {
  store = memoryStore()
})

async function park(id: string, code: string): Promise<CustomerDocument> {
  const doc: CustomerDocument = {
    ...newCustomer({ id, tenantId, key: `key-${id}`, at: 1, touchedByApi: true }),
    parked: { code, at: 5 },
    tries: 5,
    sync_due_at: 5,
  }
  await store.insertCustomer(doc)
  return { ...doc, rev: 1 }
}

async function parkedIds(): Promise<string[]> {
  const ids: string[] = []
  for await (const { _id } of parkedCustomers(store, { tenantId })) ids.push(_id)
  return ids
}

it('a retried customer is due for the sweeper at once', async () => {
  const doc = await park('a', 'internal')
  expect(await store.dueCustomers({ now, limit: 9 })).toEqual([])
  expect(await retryOne(store, doc, now)).toEqual({ freed: ['a'], left: [] })
  expect(await store.dueCustomers({ now, limit: 9 })).toEqual([{ tenantId, customerId: 'a' }])
})

it('all are freed over many pages, but for those that no retry lifts', async () => {
  const ids = Array.from({ length: 250 }, (_, n) => `id-${String(n).padStart(3, '0')}`)
  for (const [n, id] of ids.entries()) await park(id, n % 100 === 0 ? 'doubt_too_old' : 'internal')
  const { freed, left } = await retryAll(store, { tenantId, now })
  const staying = ['id-000', 'id-100', 'id-200']
  expect(freed).toEqual(ids.filter((id) => !staying.includes(id)))
  expect(left.map(({ id, code }) => [id, code])).toEqual(staying.map((id) => [id, 'doubt_too_old']))
  expect(await parkedIds()).toEqual(staying)
})

it('only those of the code that was asked for are freed', async () => {
  await park('a', 'internal')
  await park('b', 'duplicate')
  expect(await retryAll(store, { tenantId, code: 'duplicate', now })).toEqual({ freed: ['b'], left: [] })
  expect(await parkedIds()).toEqual(['a'])
})

it('a write that came in between is kept, and the customer is freed all the same', async () => {
  const doc = await park('a', 'internal')
  await store.replaceCustomer({ ...doc, status: 'churned' })
  expect(await retryOne(store, doc, now)).toEqual({ freed: ['a'], left: [] })
  const stored = await store.readCustomer({ tenantId, customerId: 'a' })
  expect(stored).toMatchObject({ status: 'churned', parked: null, tries: 0, rev: 3 })
})

it('a customer that was parked anew since it was shown stays', async () => {
  const doc = await park('a', 'internal')
  await store.replaceCustomer({ ...doc, parked: { code: 'duplicate', at: 6 } })
  expect(await retryOne(store, doc, now)).toEqual({ freed: [], left: [] })
  expect(await parkedIds()).toEqual(['a'])
})

it('a customer that is not parked is left alone', async () => {
  const { parked: _, ...doc } = await park('a', 'internal')
  await store.replaceCustomer({ ...doc, parked: null })
  const calm = await store.readCustomer({ tenantId, customerId: 'a' })
  if (!calm) throw new Error('the test has no customer')
  expect(await retryOne(store, calm, now)).toEqual({ freed: [], left: [] })
  expect(await store.readCustomer({ tenantId, customerId: 'a' })).toEqual(calm)
})
