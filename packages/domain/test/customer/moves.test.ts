// The states of a customer and the moves between them: DESIGN section 4's table, every cell of the kinds that exist.

import { describe, expect, test } from 'vitest'
import type { CustomerDocument, CustomerState } from '../../src/customer/document.ts'
import type { OperationBody } from '../../src/operation/operation.ts'
import { aDocument, anAgreed, at, told, valueIn } from '../support/documents.ts'
import { after, applying, credit, refusalOf, update } from '../support/operations.ts'

const moves = ['archive', 'unarchive', 'suspend', 'unsuspend', 'delete', 'restore'] as const
const no = 'not_allowed_in_state'
/** It waits for Stripe, and the state stays until then. */
const waits = 'waiting'

/** A column of the table that moves no state, and an operation of it. */
const asks = {
  update: update({ name: 'Grace' }),
  tags: update({ tags: ['vip'] }),
  'metadata and e-mail': update({ metadata: [{ k: 'x', v: 'y' }], email: 'c@d.example' }),
  credit,
  'a status move': { kind: 'qualify' },
  resync: { kind: 'resync' },
  purge: { kind: 'purge', erase: false },
} as const satisfies Record<string, OperationBody>

type Cell = CustomerState | typeof no | typeof waits
type Column = (typeof moves)[number] | keyof typeof asks

/** State → what is asked → the state after it, or the refusal. */
const table: Record<CustomerState, Record<Column, Cell>> = {
  active: {
    update: 'active',
    tags: 'active',
    'metadata and e-mail': 'active',
    credit: waits,
    'a status move': 'active',
    resync: 'active',
    archive: 'archived',
    unarchive: no,
    suspend: 'suspended',
    unsuspend: no,
    delete: 'deleted',
    restore: no,
    purge: no,
  },
  suspended: {
    update: 'suspended',
    tags: 'suspended',
    'metadata and e-mail': 'suspended',
    credit: waits,
    'a status move': no,
    resync: 'suspended',
    archive: 'archived',
    unarchive: no,
    suspend: no,
    unsuspend: 'active',
    delete: 'deleted',
    restore: no,
    purge: no,
  },
  archived: {
    update: no,
    tags: no,
    'metadata and e-mail': 'archived',
    credit: no,
    'a status move': no,
    resync: 'archived',
    archive: no,
    unarchive: 'active',
    suspend: no,
    unsuspend: no,
    delete: 'deleted',
    restore: no,
    purge: waits,
  },
  deleted: {
    update: no,
    tags: no,
    'metadata and e-mail': no,
    credit: no,
    'a status move': no,
    resync: 'deleted',
    archive: no,
    unarchive: no,
    suspend: no,
    unsuspend: no,
    delete: no,
    restore: 'active',
    purge: waits,
  },
}

const states = Object.keys(table) as CustomerState[] // The table's own keys.
const columns = [...moves, ...(Object.keys(asks) as (keyof typeof asks)[])] // The object's own keys.
const body = (column: Column): OperationBody =>
  column in asks ? asks[column as keyof typeof asks] : { kind: column as (typeof moves)[number] }
const inState = (state: CustomerState, fields: Partial<CustomerDocument> = {}) =>
  anAgreed(
    { name: 'Ada', email: 'a@b.example' },
    { state, email_claim: 'a@b.example', version: 2, ...fields },
  )

describe.each(states)('%s', (state) => {
  test.each(columns)('%s', (column) => {
    const expected = table[state][column]
    const doc = inState(state)
    const result = applying(doc, body(column))
    if (expected === no) return expect(result).toEqual({ kind: 'rejected', code: no })
    if (expected === waits) return expect(result).toMatchObject({ kind: 'waiting', doc: { state } })
    expect(result).toMatchObject({ kind: 'applied', doc: { state: expected } })
  })

  test.each(['delete', 'purge'] as const)('%s, while a subscription is alive', (column) => {
    const allowed = table[state][column] !== no
    const doc = inState(state, { live_subscriptions: ['sub_1'] })
    expect(refusalOf(doc, body(column))).toBe(allowed ? 'has_active_subscriptions' : no)
    const none = inState(state, { live_subscriptions: [] })
    expect(refusalOf(none, body(column))).toBe(allowed ? 'applied' : no)
  })
})

describe('a move', () => {
  test.each([
    ['active', 'delete', 'customer.deleted'],
    ['deleted', 'restore', 'customer.restored'],
    ['active', 'archive', 'customer.archived'],
    ['archived', 'unarchive', 'customer.unarchived'],
    ['active', 'suspend', 'customer.suspended'],
    ['suspended', 'unsuspend', 'customer.unsuspended'],
  ] as const)('%s, %s: is told as %s, with the change of state', (state, move, type) => {
    const next = after(inState(state), body(move))
    expect(told(next)).toEqual([type])
    expect(next).toMatchObject({ version: 3, updated_at: at + 1000 })
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

describe('a soft delete with a last update', () => {
  const input = { name: 'Grace', email: 'c@d.example' }

  test('applies both, and tells of both', () => {
    const next = after(inState('active'), { kind: 'delete', input })
    expect(next).toMatchObject({
      state: 'deleted',
      state_before_deleted: 'active',
      email_claim: 'c@d.example',
    })
    expect(valueIn(next.desired, 'name')).toBe('Grace')
    expect(told(next)).toEqual(['customer.updated', 'customer.deleted'])
  })

  test('applies neither where one is refused', () => {
    expect(refusalOf(inState('archived'), { kind: 'delete', input })).toBe(no)
    const subscribed = inState('active', { live_subscriptions: ['sub_1'] })
    expect(refusalOf(subscribed, { kind: 'delete', input })).toBe('has_active_subscriptions')
  })
})

describe('the status', () => {
  const statuses = ['lead', 'prospect', 'customer', 'churned'] as const
  const kinds = ['qualify', 'convert', 'churn', 'reactivate'] as const
  /** Status → the only move from there, and where to. */
  const next = {
    lead: ['qualify', 'prospect'],
    prospect: ['convert', 'customer'],
    customer: ['churn', 'churned'],
    churned: ['reactivate', 'prospect'],
  } as const

  describe.each(statuses)('%s', (status) => {
    test.each(kinds)('%s', (kind) => {
      const doc = inState('active', { status })
      const [move, to] = next[status]
      if (kind !== move) return expect(refusalOf(doc, { kind })).toBe('invalid_transition')
      const moved = after(doc, { kind })
      expect(moved).toMatchObject({ status: to, version: 3, updated_at: at + 1000, state: 'active' })
      expect(told(moved)).toEqual(['customer.status_changed'])
      expect(JSON.parse(moved.outbox[0]?.data ?? '')).toMatchObject({
        changes: [{ field: 'status', from: status, to }],
      })
    })
  })

  test('says since when a customer is churned, until it comes back', () => {
    const churned = after(inState('active', { status: 'customer' }), { kind: 'churn' })
    expect(churned.churned_at).toBe(at + 1000)
    expect(after(churned, { kind: 'reactivate' }).churned_at).toBeNull()
  })
})

describe('a resync', () => {
  test('asks for a look at once, and changes nothing that a caller sees', () => {
    const doc = inState('active', { next_attempt_at: at + 60_000, wanted: 3, seen: 3 })
    const next = after(doc, { kind: 'resync' })
    expect(next).toMatchObject({ wanted: 4, seen: 3, next_attempt_at: null, version: 2 })
    expect(next.outbox).toEqual([])
  })

  test('is refused where there is no Stripe customer and none is to come', () => {
    const unlinked = (state: CustomerState) => aDocument({ desired: { name: 'Ada' }, state })
    expect(refusalOf(unlinked('active'), { kind: 'resync' })).toBe('applied')
    expect(refusalOf(unlinked('archived'), { kind: 'resync' })).toBe('not_linked')
  })
})

describe('an update', () => {
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
