// The acceptance of an observation: what it writes at once, and what it never touches.

import { describe, expect, test } from 'vitest'
import { conflictsMax, type CustomerDocument } from '../../src/customer/document.ts'
import { accept, withConflict } from '../../src/sync/observe.ts'
import { nextStep } from '../../src/sync/plan.ts'
import {
  aMoment,
  anAgreed,
  anEnded,
  at,
  oursAlways,
  sent,
  shownBy,
  stripeAlways,
  told,
  valueIn,
  wishing,
} from '../support/documents.ts'

const seenFor = (
  lookedFor: number | null,
  doc: CustomerDocument,
  changes: Record<string, string | null> = {},
) => accept(doc, { customer: shownBy(doc, changes), lookedFor, policyFor: oursAlways }, aMoment(at + 100))

describe('a look', () => {
  test('answers the wishes from before it began, and no later one (5: seen-takes-all)', () => {
    const doc = anAgreed({}, { wanted: 7, seen: 2 })
    expect(seenFor(5, doc)).toMatchObject({ seen: 5, wanted: 7 })
    expect(nextStep(seenFor(5, doc))).toEqual({ kind: 'look' })
    expect(nextStep(seenFor(7, doc))).toEqual({ kind: 'done' })
  })

  test('that comes late takes no wish’s answer back', () => {
    expect(seenFor(3, anAgreed({}, { wanted: 7, seen: 6 })).seen).toBe(6)
  })

  test('counts as an observation, so that another that began before it is recognised', () => {
    const doc = anAgreed({}, { obs: 4 })
    expect(seenFor(1, doc).obs).toBe(5)
    expect(seenFor(null, doc).obs).toBe(5)
  })

  test('that shows nothing new raises no version and tells nothing', () => {
    const doc = anAgreed({ name: 'Ada', 'metadata.n': 7 }, { version: 3 })
    const next = seenFor(1, doc)
    expect(next.version).toBe(3)
    expect(next.updated_at).toBe(doc.updated_at)
    expect(told(next)).toEqual([])
    expect(next.desired).toEqual(doc.desired)
  })

  test('that shows an edit is a new version, told once with each change', () => {
    const next = seenFor(1, anAgreed({ name: 'Ada', 'address.city': 'London' }, { version: 3 }), {
      name: 'Grace',
      'address.city': null,
    })
    expect(next.version).toBe(4)
    expect(next.updated_at).toBe(at + 100)
    expect(told(next)).toEqual(['customer.updated'])
    const data: unknown = JSON.parse(next.outbox[0]?.data ?? '')
    expect(data).toEqual({
      by: 'stripe',
      changes: [
        { field: 'name', from: 'Ada', to: 'Grace' },
        { field: 'billing_address.city', from: 'London', to: null },
      ],
    })
  })

  test('takes what Stripe alone decides, and tells of it', () => {
    const doc = anAgreed()
    const paidBy = { invoice_settings: { default_payment_method: 'pm_1' } }
    const customer = { ...shownBy(doc), ...paidBy, balance: -500, currency: 'eur', delinquent: true }
    const next = accept(doc, { customer, lookedFor: 1, policyFor: oursAlways }, aMoment())
    expect(next.stripe).toEqual({
      balance: -500,
      currency: 'eur',
      delinquent: true,
      default_payment_method: 'pm_1',
    })
    expect(JSON.parse(next.outbox[0]?.data ?? '')).toMatchObject({
      changes: [
        { field: 'balance', from: 0, to: -500 },
        { field: 'currency', from: null, to: 'eur' },
        { field: 'delinquent', from: false, to: true },
        { field: 'default_payment_method', from: null, to: 'pm_1' },
      ],
    })
  })

  test('marks the moment at which both sides agree, and only then', () => {
    expect(seenFor(1, anAgreed({}, { wanted: 1 })).last_synced_at).toBe(at + 100)
    expect(seenFor(1, anAgreed({}, { wanted: 2, last_synced_at: 5 })).last_synced_at).toBe(5)
    expect(seenFor(1, wishing(anAgreed({}, { wanted: 1 }), { name: 'Ada' })).last_synced_at).toBeNull()
  })

  test('leaves the back-off alone (a webhook’s look cancels none)', () => {
    const doc = anAgreed({}, { next_attempt_at: at + 9, tries: 2, waits: 3 })
    expect(seenFor(1, doc)).toMatchObject({ next_attempt_at: at + 9, tries: 2, waits: 3 })
  })
})

describe('an e-mail’s claim', () => {
  const claiming = (fields: Partial<CustomerDocument> = {}) =>
    anAgreed({ email: 'a@b.example' }, { email_claim: 'a@b.example', ...fields })

  test('goes with the write that takes Stripe’s e-mail (33: claim-kept-for-stripe)', () => {
    expect('email_claim' in seenFor(1, claiming(), { email: 'c@d.example' })).toBe(false)
    expect('email_claim' in seenFor(1, claiming(), { email: null })).toBe(false)
  })

  test('stays where Stripe has the very e-mail in other letters: a second customer must not claim it', () => {
    const doc = seenFor(1, claiming(), { email: 'A@B.example' })
    expect(valueIn(doc.desired, 'email')).toBe('A@B.example')
    expect(doc.email_claim).toBe('a@b.example')
    // Nobody claimed what came from Stripe in the first place.
    const { email_claim: _, ...unclaimed } = claiming()
    expect('email_claim' in seenFor(1, unclaimed, { email: 'A@B.example' })).toBe(false)
  })

  test('goes where policy stripe lets Stripe win', () => {
    const doc = wishing(claiming({ email_claim: 'new@b.example' }), { email: 'new@b.example' })
    const customer = shownBy(doc, { email: 'c@d.example' })
    const next = accept(doc, { customer, lookedFor: 1, policyFor: stripeAlways }, aMoment())
    expect('email_claim' in next).toBe(false)
    expect(valueIn(next.desired, 'email')).toBe('c@d.example')
  })

  test('stays where ours wins, and where only something else changed', () => {
    const doc = wishing(claiming({ email_claim: 'new@b.example' }), { email: 'new@b.example' })
    expect(seenFor(1, doc, { email: 'c@d.example' }).email_claim).toBe('new@b.example')
    expect(seenFor(1, claiming(), { name: 'Grace' }).email_claim).toBe('a@b.example')
  })
})

describe('a conflict', () => {
  const clash = (doc: CustomerDocument, n: number) =>
    seenFor(1, wishing(doc, { name: `ours ${n}` }), { name: `theirs ${n}` })

  test('is recorded once, however often Stripe is looked at again (22: conflict-keeps-base)', () => {
    let doc = clash(anAgreed({ name: 'a0' }), 1)
    for (let n = 0; n < 3; n++) doc = seenFor(1, { ...doc, wanted: doc.wanted + 1 })
    expect(doc.conflicts).toHaveLength(1)
    expect(told(doc)).toEqual(['customer.conflict'])
    expect(nextStep({ ...doc, wanted: 1, seen: 1 })).toEqual({
      kind: 'update',
      leaves: sent({ name: 'ours 1' }),
    })
  })

  test('is told with both values, who won, and by which rule', () => {
    const doc = clash(anAgreed({ 'address.city': 'a0' }), 1)
    expect(JSON.parse(doc.outbox.at(-1)?.data ?? '')).toEqual({
      field: 'name',
      lost: 'theirs 1',
      won: 'ours 1',
      winner: 'ours',
      by: 'merge',
      at: at + 100,
    })
  })

  test('does not change what a caller sees, so it is no new version', () => {
    const doc = anAgreed({ name: 'a0' }, { version: 2 })
    expect(clash(doc, 1).version).toBe(2)
  })

  test('stays in the document while it is among the newest; all are told', () => {
    let doc = anAgreed({ name: 'a0' })
    for (let n = 0; n < conflictsMax + 5; n++) {
      const lost = { k: 'name', lost: `${n}`, won: 'x', winner: 'ours', by: 'merge' } as const
      doc = withConflict(doc, { ...lost, id: `c${n}` }, aMoment())
    }
    expect(doc.conflicts).toHaveLength(conflictsMax)
    expect(doc.conflicts[0]?.id).toBe('c5')
    expect(doc.outbox).toHaveLength(conflictsMax + 5)
    expect(
      withConflict(doc, { k: 'name', lost: '', won: '', winner: 'ours', by: 'merge', id: 'c9' }, aMoment()),
    ).toBe(doc)
  })
})

describe('ended pushes', () => {
  test('are marked as looked by a look, and not by an answer of our own', () => {
    const doc = anAgreed({}, { pushes: [anEnded()] })
    expect(seenFor(1, doc).pushes).toMatchObject([{ looked: true }])
    expect(seenFor(null, doc).pushes).toMatchObject([{ looked: false }])
  })

  test('of unknown outcome stand until a look that began after their echo', () => {
    const doc = anAgreed({}, { wanted: 6, pushes: [anEnded({ ok: false, echo_wanted: 5 })] })
    expect(seenFor(4, doc).pushes).toHaveLength(1)
    expect(seenFor(null, doc).pushes).toHaveLength(1)
    expect(seenFor(5, doc).pushes).toHaveLength(0)
  })

  test('of known outcome wait for their echo, whatever is looked at', () => {
    const doc = anAgreed({}, { wanted: 6, pushes: [anEnded()] })
    expect(seenFor(6, doc).pushes).toHaveLength(1)
  })
})

test('every event has its customer’s next number, in the order of what happened', () => {
  const doc = anAgreed({ name: 'a0', phone: '+1' }, { seq: 41 })
  const next = seenFor(1, wishing(doc, { name: 'ours' }), { name: 'theirs', phone: '+2' })
  expect(next.outbox.map(({ seq, type }) => [seq, type])).toEqual([
    [42, 'customer.updated'],
    [43, 'customer.conflict'],
  ])
  expect(next.seq).toBe(43)
  expect(new Set(next.outbox.map(({ id }) => id)).size).toBe(2)
})
