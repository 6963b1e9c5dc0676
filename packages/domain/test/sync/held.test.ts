// Leaves that are held: which, why, and for how long.

import { describe, expect, test } from 'vitest'
import type { CustomerDocument, Refusal } from '../../src/customer/document.ts'
import { heldLeaves, inStep, nextStep, standingRefusals } from '../../src/sync/plan.ts'
import { accept } from '../../src/sync/observe.ts'
import { aMoment, anAgreed, at, oursAlways, shownBy, wishing } from '../support/documents.ts'

const refusal = (k: string, v: string | null): Refusal => ({ k, v, code: 'email_invalid', param: k, at })

/** Stripe would not take this e-mail. */
const refused = (fields: Partial<CustomerDocument> = {}) =>
  wishing(anAgreed({ email: 'old@b.example' }, { refused: [refusal('email', 'bad')], ...fields }), {
    email: 'bad',
  })

describe('a refused value', () => {
  test('is held with Stripe’s code, is not pushed, and is no drift', () => {
    expect(heldLeaves(refused())).toEqual([{ k: 'email', reason: 'email_invalid', refused: true }])
    expect(inStep(refused())).toBe(true)
  })

  test('holds that field alone', () => {
    const step = nextStep(wishing(refused(), { name: 'Ada' }))
    expect(step).toEqual({ kind: 'update', leaves: [{ k: 'name', v: 'Ada' }] })
  })

  test('is held no more once the caller wants another, and again if that very value returns', () => {
    const other = wishing(refused(), { email: 'good@b.example' })
    expect(heldLeaves(other)).toEqual([])
    expect(standingRefusals(other).size).toBe(0)
    expect(nextStep(other)).toEqual({ kind: 'update', leaves: [{ k: 'email', v: 'good@b.example' }] })
    expect(heldLeaves(wishing(other, { email: ' bad ' }))).toHaveLength(1)
  })

  test('is sent once an operator lifts the refusal', () => {
    expect(nextStep({ ...refused(), refused: [] }).kind).toBe('update')
  })

  test('may be an emptiness: a clearing that Stripe would not take', () => {
    const doc = wishing(anAgreed({ email: 'a@b.example' }, { refused: [refusal('email', null)] }), {
      email: null,
    })
    expect(heldLeaves(doc)).toHaveLength(1)
    expect([...standingRefusals(doc)]).toEqual([['email', null]])
    expect(inStep(doc)).toBe(true)
  })

  test('is held no more where Stripe came to hold it after all', () => {
    const moment = aMoment()
    const doc = refused({ wanted: 1 })
    const seen = { customer: shownBy(doc, { email: 'bad' }), lookedFor: 1, policyFor: oursAlways }
    const agreed = accept(doc, seen, moment)
    expect(heldLeaves(agreed)).toEqual([])
    expect(agreed.conflicts).toEqual([])
    // It was taken once, so it may be sent again.
    const away = wishing(accept(wishing(agreed, { email: 'x@b.example' }), seen, moment), { email: 'bad' })
    expect(heldLeaves({ ...away, base: [] })).toEqual([])
  })
})

test('a refused value on which both sides agree is not held, whatever the record says', () => {
  const doc = anAgreed({ email: 'bad' }, { refused: [refusal('email', 'bad')] })
  expect(heldLeaves(doc)).toEqual([])
})

describe('a value without a form', () => {
  test('is held with its reason while the two sides differ there', () => {
    const doc = wishing(anAgreed({ name: 'Ada' }), { name: 'x'.repeat(257) })
    expect(heldLeaves(doc)).toEqual([{ k: 'name', reason: 'too_long', refused: false }])
    expect(inStep(doc)).toBe(true)
  })

  test('is no reason where Stripe holds that very value', () => {
    const long = 'x'.repeat(257)
    const doc = anAgreed({ name: long })
    expect(heldLeaves(doc)).toEqual([])
  })

  test('shipping: only the parts that differ are shown', () => {
    const doc = wishing(anAgreed({ 'shipping.name': 'Ada', 'shipping.address.city': 'London' }), {
      'shipping.name': null,
    })
    expect(heldLeaves(doc)).toEqual([{ k: 'shipping.name', reason: 'shipping_incomplete', refused: false }])
  })
})

test('a shipping refused as a whole is tried again when any part of it changes', () => {
  const names = { 'shipping.name': 'Ada', 'shipping.address.city': 'London' }
  const bare = anAgreed({})
  const doc = wishing({ ...bare, refused: Object.entries(names).map(([k, v]) => refusal(k, v)) }, names)
  expect(inStep(doc)).toBe(true)
  const step = nextStep(wishing(doc, { 'shipping.address.city': 'Paris' }))
  expect(step.kind === 'update' && step.leaves.map(({ k }) => k).sort()).toEqual([
    'shipping.address.city',
    'shipping.name',
  ])
})
