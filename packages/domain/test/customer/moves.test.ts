// The states of a customer and the moves between them: DESIGN section 4's table, every cell of the kinds that exist.

import { describe, expect, test } from 'vitest'
import type { CustomerDocument, CustomerState } from '../../src/customer/document.ts'
import type { OperationBody } from '../../src/operation/operation.ts'
import { aDocument, anAgreed, at, told, valueIn } from '../support/documents.ts'
import { after, refusalOf, update } from '../support/operations.ts'

const moves = ['delete', 'restore', 'archive', 'unarchive'] as const
const no = 'not_allowed_in_state'

/** State → move → the state after it, or the refusal. */
const table: Record<CustomerState, Record<(typeof moves)[number], CustomerState | typeof no>> = {
  active: { delete: 'deleted', restore: no, archive: 'archived', unarchive: no },
  suspended: { delete: 'deleted', restore: no, archive: 'archived', unarchive: no },
  archived: { delete: 'deleted', restore: no, archive: no, unarchive: 'active' },
  deleted: { delete: no, restore: 'active', archive: no, unarchive: no },
}

const states = Object.keys(table) as CustomerState[] // The table's own keys.
const body = (kind: (typeof moves)[number]): OperationBody => ({ kind })
const inState = (state: CustomerState, fields: Partial<CustomerDocument> = {}) =>
  anAgreed(
    { name: 'Ada', email: 'a@b.example' },
    { state, email_claim: 'a@b.example', version: 2, ...fields },
  )

describe.each(states)('%s', (state) => {
  test.each(moves)('%s', (move) => {
    const expected = table[state][move]
    const doc = inState(state)
    if (expected === no) return expect(refusalOf(doc, body(move))).toBe(no)
    const next = after(doc, body(move))
    expect(next.state).toBe(expected)
    expect(next.version).toBe(3)
    expect(next.updated_at).toBe(at + 1000)
  })
})

describe('a move', () => {
  test.each([
    ['active', 'delete', 'customer.deleted'],
    ['deleted', 'restore', 'customer.restored'],
    ['active', 'archive', 'customer.archived'],
    ['archived', 'unarchive', 'customer.unarchived'],
  ] as const)('%s, %s: is told as %s, with the change of state', (state, move, type) => {
    const next = after(inState(state), body(move))
    expect(told(next)).toEqual([type])
    expect(JSON.parse(next.outbox[0]?.data ?? '')).toMatchObject({
      by: 'api',
      changes: [{ field: 'state', from: state, to: next.state }],
    })
  })

  test.each(moves)('%s keeps key, e-mail, its claim and the link', (move) => {
    const state = states.find((each) => table[each][move] !== no)
    if (!state) throw new Error('no state has this move')
    const doc = inState(state)
    const next = after(doc, body(move))
    expect(next).toMatchObject({ key: doc.key, stripe_id: 'cus_1', email_claim: 'a@b.example' })
    expect(next.desired).toEqual(doc.desired)
  })
})

describe('a soft delete', () => {
  test.each(['active', 'suspended', 'archived'] as const)(
    'of a customer that was %s is undone to that',
    (state) => {
      const deleted = after(inState(state), body('delete'))
      expect(deleted).toMatchObject({ state: 'deleted', state_before_deleted: state, deleted_at: at + 1000 })
      const restored = after(deleted, body('restore'))
      expect(restored).toMatchObject({ state, state_before_deleted: null, deleted_at: null })
    },
  )
})

describe('an update', () => {
  test('is possible while active or suspended, and not once deleted', () => {
    for (const state of ['active', 'suspended'] as const) {
      const next = after(inState(state), update({ name: 'Grace' }))
      expect(next.state).toBe(state)
      expect(valueIn(next.desired, 'name')).toBe('Grace')
    }
    expect(refusalOf(inState('deleted'), update({ metadata: null }))).toBe(no)
  })

  test('of an archived customer may change metadata and e-mail, and nothing beside them', () => {
    const doc = inState('archived')
    const next = after(doc, update({ email: 'c@d.example', metadata: [{ k: 'x', v: 'y' }] }))
    expect(next.state).toBe('archived')
    expect(valueIn(next.desired, 'metadata.x')).toBe('y')
    for (const input of [
      { name: 'Grace' },
      { email: 'c@d.example', tier: 'pro' as const },
      { phone: null },
    ]) {
      expect(refusalOf(doc, update(input))).toBe(no)
    }
  })
})

test('archived or deleted, a customer that was never linked asks for no Stripe customer', () => {
  for (const move of ['archive', 'delete'] as const) {
    const doc = after(aDocument({ desired: { name: 'Ada' } }), body(move))
    expect('stripe_id' in doc).toBe(false)
    expect(doc.intent).toBeNull()
  }
})
