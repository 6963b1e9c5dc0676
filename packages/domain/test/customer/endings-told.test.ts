import { expect, test } from 'vitest'
import { newCustomer } from '../../src/customer/document.ts'
import { sealed } from '../../src/customer/seal.ts'

const at = 1_767_225_600_000
const born = newCustomer({ id: 'customer-1', tenantId: 'default', key: 'k', at, touchedByApi: true })

test('how an operation ended is told once, whatever is written afterwards', () => {
  const applied = [
    { id: 'a', code: null, version: 1 },
    { id: 'b', code: 'version_mismatch', version: 1 },
    { id: 'c', code: 'link_lost', version: 1, parked: true as const },
    { id: 'd', code: null, version: 1, waiting: true as const },
  ]
  const doc = sealed(sealed({ ...born, applied }, at), at)
  expect(doc.outbox.map(({ id, seq, type, data }) => [id, seq, type, JSON.parse(data)])).toEqual([
    ['a.1', 1, 'operation.applied', { operation_id: 'a', code: null, version: 1 }],
    ['b.2', 2, 'operation.rejected', { operation_id: 'b', code: 'version_mismatch', version: 1 }],
    ['c.3', 3, 'operation.parked', { operation_id: 'c', code: 'link_lost', version: 1 }],
  ])
  expect(doc.applied.map(({ told }) => told ?? false)).toEqual([true, true, true, false])
})

test('an operation that is parked and ends again is told again, under another id', () => {
  const parked = { id: 'a', code: 'link_lost', version: 1, parked: true as const }
  const first = sealed({ ...born, applied: [parked] }, at)
  const retried = sealed({ ...first, applied: [{ id: 'a', code: null, version: 1 }] }, at)
  expect(retried.outbox.map(({ id, type }) => [id, type])).toEqual([
    ['a.1', 'operation.parked'],
    ['a.2', 'operation.applied'],
  ])
})
