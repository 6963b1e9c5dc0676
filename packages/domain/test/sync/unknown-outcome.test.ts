// An update whose outcome nobody will tell (a stored 500, or older than 23 h): looked at, matched, planned anew.

import { describe, expect, test } from 'vitest'
import { answered, opened, unknown } from '../../src/sync/intent.ts'
import { accept } from '../../src/sync/observe.ts'
import { nextStep } from '../../src/sync/plan.ts'
import {
  aMoment,
  anAgreed,
  anEvent,
  at,
  hourMs,
  oursAlways,
  sent,
  shownBy,
  valueIn,
  wishing,
} from '../support/documents.ts'
import { echo, look, note, openedUpdate, pushing } from '../support/pushing.ts'

describe('an unknown outcome', () => {
  test('leaves base alone, keeps the push as unknown, and asks for a look that counts', () => {
    const open = pushing({ wanted: 4, seen: 4 })
    const doc = unknown(open, at + 1)
    expect(doc.intent).toBeNull()
    expect(doc.base).toEqual(open.base)
    expect(doc.pushes).toMatchObject([{ ok: false, echo_wanted: null, looked: false, ended_at: at + 1 }])
    expect(doc.obs).toBe(open.obs + 1)
    expect([doc.wanted, doc.seen]).toEqual([5, 4])
  })

  test('is planned again under a new key', () => {
    const looked = look(unknown(pushing(), at + 1), {})
    const step = nextStep(looked)
    if (step.kind !== 'update') throw new Error(step.kind)
    expect(opened(looked, step, at).intent?.key).toBe('ls:update:customer-1:1.2')
  })

  test.each(['ours', 'stripe'] as const)(
    'that took effect is no conflict with ourselves (8: unknown-push-not-matched), policy %s',
    (policy) => {
      const later = wishing(unknown(pushing(), at), { name: 'a2' })
      const doc = look(later, { name: 'a1' }, () => policy)
      expect(doc.conflicts).toEqual([])
      expect(valueIn(doc.desired, 'name')).toBe('a2')
      expect(nextStep(doc)).toEqual({ kind: 'update', leaves: sent({ name: 'a2' }) })
    },
  )

  test('that cleared a leaf is recognised, too', () => {
    const doc = wishing(anAgreed({ name: 'a0' }), { name: null })
    const step = nextStep(doc)
    if (step.kind !== 'update') throw new Error(step.kind)
    const later = wishing(unknown(opened(doc, step, at), at), { name: 'a2' })
    expect(look(later, { name: null }, () => 'stripe').conflicts).toEqual([])
  })

  test('that strikes later than the first look may be somebody’s edit: it is put on record as well', () => {
    const first = look(wishing(unknown(pushing(), at), { name: 'a2' }), {})
    expect(first.conflicts).toEqual([])
    const second = look({ ...first, wanted: first.wanted + 1 }, { name: 'a1' }, () => 'stripe')
    expect(second.conflicts).toMatchObject([
      { k: 'name', lost: 'a1', won: 'a2', winner: 'ours', by: 'late_push' },
    ])
    expect(valueIn(second.desired, 'name')).toBe('a2')
    // Looked at again, it is recorded once.
    expect(look({ ...second, wanted: second.wanted + 1 }, {}).conflicts).toHaveLength(1)
  })

  test('is not held for somebody’s edit where a newer push of the same value explains it', () => {
    const first = look(unknown(pushing(), at), {})
    const step = nextStep(first)
    if (step.kind !== 'update') throw new Error(step.kind)
    const again = wishing(unknown(opened(first, step, at), at), { name: 'a2' })
    expect(look(again, { name: 'a1' }).conflicts).toEqual([])
  })

  test.each(['ours', 'stripe'] as const)(
    'that is rolled forward under a newer push is no edit to be put back over it, policy %s',
    (policy) => {
      const policyFor = () => policy
      const older = look(wishing(unknown(pushing(), at), { name: 'a2' }), {})
      const newer = openedUpdate(older)
      const seen = { customer: shownBy(newer, { name: 'a2' }), replayed: false, policyFor }
      const done = answered(newer, seen, aMoment())
      // Between the plan and the call the older push made it a1, and that is what the newer one replaced.
      const event = anEvent({
        idempotency_key: newer.intent?.key ?? null,
        previous_attributes: '{"name":"a1"}',
      })
      const { doc } = note(done, { event, keptPush: null, policyFor })
      expect(valueIn(doc.desired, 'name')).toBe('a2')
      expect(doc.conflicts).toMatchObject([{ lost: 'a1', won: 'a2', winner: 'ours', by: 'late_push' }])
      // Anybody else's value is an edit like any other.
      const other = { ...event, previous_attributes: '{"name":"s1"}' }
      const edited = note(done, { event: other, keptPush: null, policyFor }).doc
      expect(valueIn(edited.desired, 'name')).toBe(policy === 'ours' ? 'a2' : 's1')
    },
  )

  describe.each(['ours', 'stripe'] as const)('whose echo was heard before the look, policy %s', (policy) => {
    const heard = note(unknown(pushing(), at), echo({ name: 'a0' })).doc

    test('was agreed: who puts back what it replaced is taken over', () => {
      const doc = look(heard, { name: 'a0' }, () => policy)
      expect(valueIn(doc.desired, 'name')).toBe('a0')
      expect(doc.conflicts).toEqual([])
      expect(doc.pushes).toEqual([])
    })

    test('meets a caller who wrote since: the policy decides, and what loses is on record', () => {
      const doc = look(wishing(heard, { name: 'a2' }), { name: 'a0' }, () => policy)
      expect(valueIn(doc.desired, 'name')).toBe(policy === 'ours' ? 'a2' : 'a0')
      expect(doc.conflicts).toMatchObject([{ lost: policy === 'ours' ? 'a0' : 'a2', by: 'merge' }])
    })
  })

  test('that strikes after newer values were agreed: what it met is on record, expected once or not', () => {
    const first = look(unknown(pushing(), at), {})
    const open = openedUpdate(first)
    const seen = { customer: shownBy(open, { name: 'a1' }), replayed: false, policyFor: oursAlways }
    const done = answered(open, seen, aMoment())
    // Somebody put a0 back, which the first push expected, and it struck over that.
    expect(note(done, echo({ name: 'a0' })).doc.conflicts).toMatchObject([
      { k: 'name', lost: 'a0', won: 'a1', winner: 'ours', by: 'late_push' },
    ])
    // While nothing newer was agreed it met what both sides held.
    expect(note(first, echo({ name: 'a0' })).doc.conflicts).toEqual([])
  })

  test('waits 30 days for its echo and no longer', () => {
    const doc = { ...unknown(pushing(), at), wanted: 7 }
    const after = (days: number) =>
      accept(
        doc,
        { customer: shownBy(doc), lookedFor: 7, policyFor: oursAlways },
        aMoment(at + days * 24 * hourMs),
      )
    expect(after(29).pushes).toHaveLength(1)
    expect(after(30).pushes).toHaveLength(0)
  })

  test('explains nothing after these 30 days, so the very value that it sent is somebody’s edit then', () => {
    const looked = { ...look(unknown(pushing(), at), {}), wanted: 7 }
    const agreed = wishing(looked, { name: 'a0' })
    const after = (days: number) =>
      accept(
        agreed,
        { customer: shownBy(agreed, { name: 'a1' }), lookedFor: 7, policyFor: oursAlways },
        aMoment(at + days * 24 * hourMs),
      )
    expect(after(29).conflicts).toMatchObject([{ by: 'late_push', lost: 'a1', won: 'a0' }])
    expect(valueIn(after(30).desired, 'name')).toBe('a1')
    expect(after(30).conflicts).toEqual([])
  })
})
