// Echoes that come before everything is known: under an open update, of an unknown outcome, of a create.

import { describe, expect, test } from 'vitest'
import type { CustomerDocument } from '../../src/customer/document.ts'
import { answered, opened, unknown } from '../../src/sync/intent.ts'
import { accept } from '../../src/sync/observe.ts'
import { nextStep } from '../../src/sync/plan.ts'
import {
  aDocument,
  aMoment,
  anAgreed,
  anEvent,
  anIntent,
  at,
  oursAlways,
  sent,
  shownBy,
  stripeAlways,
  wishing,
} from '../support/documents.ts'
import { echo, note } from '../support/pushing.ts'

describe('the echo of an open update', () => {
  const open = () => {
    const doc = wishing(anAgreed({ name: 'a0' }), { name: 'a1' })
    return opened(doc, { kind: 'update', leaves: sent({ name: 'a1' }) }, at)
  }

  test('asks for no look, and once answered nothing waits for it', () => {
    const { doc, outcome } = note(open(), echo({ name: 'a0' }))
    expect(outcome).toBe('echo')
    expect(doc.wanted).toBe(open().wanted)
    const seen = { customer: shownBy(doc, { name: 'a1' }), replayed: false, policyFor: oursAlways }
    expect(answered(doc, seen, aMoment()).pushes).toEqual([])
  })

  test('tells of an overwritten edit before the answer is there', () => {
    const { doc } = note(open(), echo({ name: 's1' }))
    expect(doc.conflicts).toMatchObject([{ lost: 's1', won: 'a1', winner: 'ours', by: 'overwritten' }])
  })

  test('whose outcome then stays unknown: the look that this asks for closes the push', () => {
    const ended = unknown(note(open(), echo({ name: 'a0' })).doc, at)
    expect(ended.pushes).toHaveLength(1)
    const seen = { customer: shownBy(ended, { name: 'a1' }), lookedFor: ended.wanted, policyFor: oursAlways }
    const looked = accept(ended, seen, aMoment())
    expect(looked.pushes).toEqual([])
    expect(looked.conflicts).toEqual([])
    expect(nextStep(looked)).toEqual({ kind: 'done' })
  })
})

describe('the echo of a push of unknown outcome', () => {
  const start = () => {
    const doc = wishing(anAgreed({ name: 'a0' }), { name: 'a1' })
    return unknown(opened(doc, { kind: 'update', leaves: sent({ name: 'a1' }) }, at), at)
  }
  const lookAt = (doc: CustomerDocument, name: string, lookedFor = doc.wanted) =>
    accept(doc, { customer: shownBy(doc, { name }), lookedFor, policyFor: oursAlways }, aMoment())

  test('asks for a look: the push may have rolled forward after ours (16: echo-always-skipped)', () => {
    const looked = lookAt(start(), 'a0')
    const { doc, outcome } = note(looked, echo({ name: 'a0' }))
    expect(outcome).toBe('echo')
    expect(doc.wanted).toBe(looked.wanted + 1)
    expect(nextStep(doc)).toEqual({ kind: 'look' })
  })

  test('ends the push with a look that began after it, not with one that was on its way', () => {
    const before = start()
    const { doc } = note(before, echo({ name: 'a0' }))
    const onItsWay = lookAt(doc, 'a1', before.wanted)
    expect(onItsWay.pushes).toHaveLength(1)
    expect(nextStep(onItsWay)).toEqual({ kind: 'look' })
    expect(lookAt(onItsWay, 'a1').pushes).toEqual([])
  })

  test('that had moved to its own collection brings the push back: what it sent is no edit of somebody’s', () => {
    const kept = start().pushes[0] ?? null
    // A newer push agreed on a2, then the old one rolled forward.
    const newer = { ...anAgreed({ name: 'a2' }), pushes: [] }
    for (const policyFor of [oursAlways, stripeAlways]) {
      const { doc } = note(newer, echo({ name: 'a2' }, { keptPush: kept && { ...kept, looked: true } }))
      expect(nextStep(doc)).toEqual({ kind: 'look' })
      const seen = { customer: shownBy(doc, { name: 'a1' }), lookedFor: doc.wanted, policyFor }
      const looked = accept(doc, seen, aMoment())
      expect(looked.conflicts).toMatchObject([{ lost: 'a1', won: 'a2', by: 'late_push' }])
      expect(nextStep(looked)).toEqual({ kind: 'update', leaves: sent({ name: 'a2' }) })
      expect(looked.pushes).toEqual([])
    }
  })

  test('is examined for an overwritten edit like any other', () => {
    expect(note(start(), echo({ name: 's1' })).doc.conflicts).toMatchObject([
      { lost: 's1', by: 'overwritten' },
    ])
  })
})

describe('an event that proves a create', () => {
  const open = () =>
    opened(aDocument({ wanted: 2, seen: 2 }), { kind: 'create', leaves: sent({ name: 'a1' }) }, at)
  const event = (fields: Parameters<typeof anEvent>[0]) => ({
    event: anEvent({ type: 'customer.created', stripe_customer_id: 'cus_7', ...fields }),
    keptPush: null,
    policyFor: oursAlways,
  })

  test.each([
    ['our id in its metadata', open(), { lockstep_id: 'customer-1' }],
    ['our key', open(), { idempotency_key: 'ls:create:customer-1:1.1' }],
    [
      'a key that we used before',
      { ...open(), intent: anIntent('create', { key: 'k2', keys: ['ls:create:customer-1:1.1', 'k2'] }) },
      { idempotency_key: 'ls:create:customer-1:1.1' },
    ],
  ])('by %s: linked, closed, looked at', (_, doc, fields) => {
    const linked = note(doc, event(fields))
    expect(linked.outcome).toBe('linked')
    expect(linked.doc).toMatchObject({ stripe_id: 'cus_7', intent: null, wanted: 3, seen: 2 })
  })

  test('by its own key leaves no push to wait for; by the metadata it does, until the echo', () => {
    expect(note(open(), event({ idempotency_key: 'ls:create:customer-1:1.1' })).doc.pushes).toEqual([])
    const named = note(open(), event({ type: 'customer.updated', lockstep_id: 'customer-1' })).doc
    expect(named.pushes).toHaveLength(1)
    const echoed = note(named, event({ idempotency_key: 'ls:create:customer-1:1.1' }))
    expect(echoed.doc.pushes).toEqual([])
    expect(echoed.outcome).toBe('echo')
  })

  test('does not link what somebody else’s id or key names', () => {
    for (const fields of [
      { lockstep_id: 'customer-2' },
      { idempotency_key: 'ls:create:customer-1:1.2' },
      {},
    ]) {
      const { doc, outcome } = note(open(), event(fields))
      expect(outcome).toBe('looked')
      expect('stripe_id' in doc).toBe(false)
      expect(doc.intent).not.toBeNull()
    }
  })
})
