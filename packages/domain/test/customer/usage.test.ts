// Usage is added up in the write that settles its operation, and stays small.

import { expect, test } from 'vitest'
import { withUsage } from '../../src/customer/usage.ts'
import { commandDone, commandKnown, openedCommand } from '../../src/sync/command-intent.ts'
import { aCustomer, anOperation, anyTenant } from '../store/records.ts'

/** Seconds. */
const november = Date.UTC(2026, 10, 30, 23, 59, 59) / 1000
const tenant = anyTenant()
const report = { kind: 'report_usage', event_name: 'calls', value: 7, identifier: 'i', at: november } as const

const reporting = () => {
  const operation = anOperation(tenant, { body: report })
  return openedCommand(aCustomer(tenant, { stripe_id: 'cus_1', commands: [operation._id] }), operation, 0)
}

test('reports are added up by meter event and calendar month', () => {
  let doc = aCustomer(tenant)
  for (const value of [1, 2]) doc = withUsage(doc, { event_name: 'calls', value, at: november })
  doc = withUsage(doc, { event_name: 'calls', value: 4, at: november + 1 })
  doc = withUsage(doc, { event_name: 'bytes', value: 8, at: november })
  expect(doc.usage).toHaveLength(3)
  expect(doc.usage).toEqual(
    expect.arrayContaining([
      { event_name: 'calls', month: '2026-11', value: 3, reports: 2 },
      { event_name: 'calls', month: '2026-12', value: 4, reports: 1 },
      { event_name: 'bytes', month: '2026-11', value: 8, reports: 1 },
    ]),
  )
})

test('a year and the month under way are kept', () => {
  let doc = aCustomer(tenant)
  for (let month = 0; month < 20; month++)
    doc = withUsage(doc, { event_name: 'calls', value: 1, at: Date.UTC(2026, month, 15) / 1000 })
  expect(doc.usage).toHaveLength(13)
  expect(doc.usage?.[0]?.month).toBe('2027-08')
})

test('what Stripe took counts; what it knew from another operation does not; what a lost call of ours did does', () => {
  const counted = [{ event_name: 'calls', month: '2026-11', value: 7, reports: 1 }]
  expect(commandDone(reporting(), {}).usage).toEqual(counted)
  expect(commandKnown(reporting()).usage).toBeUndefined()
  const { intent, ...rest } = reporting()
  if (!intent) throw new Error('no intent')
  const again = { ...rest, intent: { ...intent, keys: ['lost', ...intent.keys] } }
  expect(commandKnown(again).usage).toEqual(counted)
})
