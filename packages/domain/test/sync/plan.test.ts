// What lane 2 does next, over states × link × intent × looks × differences.

import { describe, expect, test } from 'vitest'
import type { CustomerDocument, CustomerState } from '../../src/customer/document.ts'
import { nextStep } from '../../src/sync/plan.ts'
import { aDocument, anAgreed, anIntent, at, sent, wishing } from '../support/documents.ts'

const states: CustomerState[] = ['active', 'suspended', 'archived', 'deleted']

/** A linked customer that differs from Stripe in its name. */
const differing = (fields: Partial<CustomerDocument> = {}) =>
  wishing(anAgreed({ name: 'Ada' }, fields), { name: 'Grace' })

describe('the next step', () => {
  test.each(states)('%s, linked, agreeing: none', (state) => {
    expect(nextStep(anAgreed({ name: 'Ada' }, { state }))).toEqual({ kind: 'done' })
  })

  test.each(states)('%s, linked, differing: an update of exactly what differs', (state) => {
    const doc = wishing(anAgreed({ name: 'Ada', phone: '+1', email: 'a@b.example' }, { state }), {
      name: 'Grace',
      phone: null,
    })
    const step = nextStep(doc)
    if (step.kind !== 'update') throw new Error(step.kind)
    const byName = step.leaves.toSorted((a, b) => (a.k < b.k ? -1 : 1))
    expect(byName).toEqual(sent({ name: 'Grace', phone: null }))
  })

  test.each(states)('%s, a look wanted: a look, before anything is pushed', (state) => {
    expect(nextStep(differing({ state, wanted: 3, seen: 2 }))).toEqual({ kind: 'look' })
    expect(nextStep(differing({ state, wanted: 2, seen: 2 })).kind).toBe('update')
  })

  test.each(states)('%s, an intent open: it is resolved first, whatever else is due', (state) => {
    for (const fields of [
      { wanted: 9 },
      { stripe_id: 'cus_1', intent: anIntent('update') },
      { intent: anIntent('create') },
      { intent: anIntent('create', { doubt_since: at }) },
    ] satisfies Partial<CustomerDocument>[]) {
      const doc = { ...aDocument({ state, desired: { name: 'Ada' } }), intent: anIntent('create'), ...fields }
      expect(nextStep(doc)).toEqual({ kind: 'resolve' })
    }
  })

  test.each([
    ['active', 'create'],
    ['suspended', 'create'],
    ['archived', 'done'],
    ['deleted', 'done'],
  ] as const)('%s, not linked: %s', (state, kind) => {
    expect(nextStep(aDocument({ state })).kind).toBe(kind)
    // There is nothing to look at yet.
    expect(nextStep(aDocument({ state, wanted: 5, seen: 1 })).kind).toBe(kind)
  })

  test('a tombstone: none, whatever is left in it', () => {
    const grave = { merged_into: 'customer-2', at }
    for (const doc of [differing({ tombstone: grave }), aDocument({ tombstone: grave, wanted: 4 })]) {
      expect(nextStep(doc)).toEqual({ kind: 'done' })
      expect(nextStep({ ...doc, intent: anIntent('update') })).toEqual({ kind: 'done' })
    }
  })
})

describe('a create', () => {
  test('carries our marks and every filled leaf, nothing empty', () => {
    const step = nextStep(
      aDocument({ desired: { name: 'Ada', phone: '  ', tax_exempt: 'none', 'metadata.n': 0 } }),
    )
    if (step.kind !== 'create') throw new Error(step.kind)
    expect(Object.fromEntries(step.leaves.map(({ k, v }) => [k, v]))).toEqual({
      name: 'Ada',
      'metadata.n': '0',
      'metadata.lockstep_id': 'customer-1',
      'metadata.lockstep_key': 'key-1',
      'metadata.lockstep_status': 'lead',
      'metadata.lockstep_state': 'active',
      'metadata.lockstep_tier': 'free',
    })
  })

  test('after a refusal that named no field, carries our marks alone', () => {
    const step = nextStep(aDocument({ desired: { name: 'Ada', 'metadata.n': 0 }, one_leaf: true }))
    if (step.kind !== 'create') throw new Error(step.kind)
    expect(step.leaves.map(({ k }) => k)).toHaveLength(5)
    expect(step.leaves.every(({ k }) => k.startsWith('metadata.lockstep_'))).toBe(true)
  })
})

describe('an update', () => {
  const leavesOfStep = (doc: CustomerDocument) => {
    const step = nextStep(doc)
    return step.kind === 'update' ? step.leaves.map(({ k }) => k).sort() : step.kind
  }

  test('brings our marks along when they change', () => {
    const doc = anAgreed({}, { state: 'active' })
    expect(leavesOfStep({ ...doc, state: 'suspended', tier: 'pro' })).toEqual([
      'metadata.lockstep_state',
      'metadata.lockstep_tier',
    ])
  })

  test('sends shipping as a whole, and clears it as a whole', () => {
    const shipping = { 'shipping.name': 'Ada', 'shipping.phone': '+1', 'shipping.address.city': 'London' }
    const doc = anAgreed(shipping)
    expect(leavesOfStep(wishing(doc, { 'shipping.phone': '+2' }))).toEqual([
      'shipping.address.city',
      'shipping.name',
      'shipping.phone',
    ])
    const cleared = wishing(doc, {
      'shipping.name': null,
      'shipping.phone': null,
      'shipping.address.city': null,
    })
    const step = nextStep(cleared)
    expect(step.kind === 'update' && step.leaves.every(({ v }) => v === null)).toBe(true)
  })

  test('never sends a shipping that Stripe cannot take: neither a part nor a clearing of a part', () => {
    const doc = anAgreed({ 'shipping.name': 'Ada', 'shipping.address.city': 'London' })
    expect(nextStep(wishing(doc, { 'shipping.name': null })).kind).toBe('done')
    expect(nextStep(wishing(doc, { 'shipping.address.city': null })).kind).toBe('done')
    expect(leavesOfStep(wishing(doc, { 'shipping.name': null, name: 'Grace' }))).toEqual(['name'])
  })

  test('after a refusal that named no field, carries one leaf, and what is cleared before what is set', () => {
    const doc = anAgreed({ name: 'Ada', 'metadata.old': '1' }, { one_leaf: true })
    const wish = wishing(doc, { name: 'Grace', 'metadata.old': null, 'metadata.new': '1' })
    // A place among the metadata is freed before it is taken.
    expect(leavesOfStep(wish)).toEqual(['metadata.old'])
  })
})
