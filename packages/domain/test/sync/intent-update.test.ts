// The states of an update (PROTOCOL section 4), as promises about each move.

import { describe, expect, test } from 'vitest'
import type { CustomerDocument } from '../../src/customer/document.ts'
import { fromStripe } from '../../src/sync/canonical.ts'
import {
  answered,
  closedForLook,
  keyUsableMs,
  mayCall,
  opened,
  refusedBy,
  unknown,
} from '../../src/sync/intent.ts'
import { nextStep } from '../../src/sync/plan.ts'
import { doubtedUntil } from '../../src/sync/replaced.ts'
import {
  aMoment,
  anAgreed,
  anIntent,
  at,
  hourMs,
  oursAlways,
  sent,
  shownBy,
  stripeAlways,
  valueIn,
  wishing,
} from '../support/documents.ts'
import { pushing } from '../support/pushing.ts'

const answer = (doc: CustomerDocument, changes: Record<string, string | null> = {}, replayed = false) =>
  answered(
    doc,
    { customer: shownBy(doc, { name: 'a1', ...changes }), replayed, policyFor: oursAlways },
    aMoment(at + 500),
  )

describe('an update that is opened', () => {
  test('is written down as it will be sent, with what Stripe showed when it was planned', () => {
    const { intent } = pushing()
    expect(intent).toEqual({
      kind: 'update',
      key: 'ls:update:customer-1:1.1',
      form: [['name', 'a1']],
      sent: sent({ name: 'a1' }),
      expect: sent({ name: 'a0' }),
      since: at,
      first_since: at,
      keys: ['ls:update:customer-1:1.1'],
      doubt_since: null,
      echoed: false,
    })
  })

  test('never has the key of another: each one counts on', () => {
    const keys = new Set<string | undefined>()
    let doc = pushing()
    for (let n = 0; n < 5; n++) {
      keys.add(doc.intent?.key)
      doc = opened({ ...doc, intent: null }, { kind: 'update', leaves: sent({ name: `b${n}` }) }, at)
    }
    expect(keys.size).toBe(5)
  })

  test('is the only one', () => {
    expect(() => opened(pushing(), { kind: 'update', leaves: [] }, at)).toThrow(/^bug: /)
  })

  test('may be sent with its key for 23 hours, and never from then on', () => {
    const intent = anIntent('update', { since: at })
    expect(keyUsableMs).toBe(23 * hourMs)
    expect(mayCall(intent, at + 23 * hourMs - 1)).toBe(true)
    expect(mayCall(intent, at + 23 * hourMs)).toBe(false)
    expect(mayCall(anIntent('create', { since: at, doubt_since: at }), at)).toBe(false)
  })
})

describe('a 200', () => {
  test('closes the intent, makes base what was sent, and keeps the push until its echo comes', () => {
    const doc = answer(pushing())
    expect(doc.intent).toBeNull()
    expect(valueIn(doc.base, 'name')).toBe('a1')
    expect(doc.pushes).toEqual([
      {
        key: 'ls:update:customer-1:1.1',
        sent: sent({ name: 'a1' }),
        expect: sent({ name: 'a0' }),
        ok: true,
        ended_at: at + 500,
        looked: false,
        echo_wanted: null,
      },
    ])
    expect(nextStep(doc)).toEqual({ kind: 'done' })
    expect(doc.obs).toBe(pushing().obs + 1)
  })

  test('keeps no push whose echo came before it', () => {
    const open = pushing()
    const echoed = { ...open, intent: open.intent && { ...open.intent, echoed: true } }
    expect(answer(echoed).pushes).toEqual([])
  })

  test('ends the back-off: what was wrong is over', () => {
    const tired = pushing({ tries: 3, waits: 7, next_attempt_at: at + 9, last_error: { code: 'x', at } })
    expect(answer(tired)).toMatchObject({ tries: 0, waits: 0, next_attempt_at: null, last_error: null })
  })

  test('does not answer a wish for a look (4: answer-settles-wanted)', () => {
    const doc = answer(pushing({ wanted: 5, seen: 3 }))
    expect(doc.seen).toBe(3)
    expect(doc.wanted).toBe(5)
    expect(nextStep(doc)).toEqual({ kind: 'look' })
  })

  test('that is a replay is an old snapshot: a look is asked for', () => {
    const doc = answer(pushing({ wanted: 5, seen: 5 }), {}, true)
    expect(nextStep(doc)).toEqual({ kind: 'look' })
    expect(nextStep(answer(pushing({ wanted: 5, seen: 5 })))).toEqual({ kind: 'done' })
  })

  test('tells what it replaced, replayed or not: a read that still shows that is not believed at once', () => {
    for (const replayed of [false, true]) {
      const doc = answer(pushing(), {}, replayed)
      const old = fromStripe(shownBy(doc, { name: 'a0' }))
      expect(doubtedUntil(doc, old, at + 1_000)).toBe(at + 500 + 10_000)
      expect(doubtedUntil(doc, old, at + hourMs)).toBeNull()
    }
  })

  test('settles what was sent, not what is wanted by now (6: base-takes-desired)', () => {
    const later = wishing(pushing(), { name: 'a2' })
    const doc = answer(later)
    expect(valueIn(doc.base, 'name')).toBe('a1')
    expect(valueIn(doc.desired, 'name')).toBe('a2')
    expect(nextStep(doc)).toEqual({ kind: 'update', leaves: sent({ name: 'a2' }) })
    expect(doc.conflicts).toEqual([])
  })

  test('is no edit of somebody else’s, so policy stripe takes nothing back (7: base-not-moved)', () => {
    const later = wishing(pushing(), { name: 'a2' })
    const seen = { customer: shownBy(later, { name: 'a1' }), replayed: false, policyFor: stripeAlways }
    const doc = answered(later, seen, aMoment())
    expect(valueIn(doc.desired, 'name')).toBe('a2')
    expect(doc.conflicts).toEqual([])
  })

  test('that shows an edit of another leaf takes it', () => {
    const doc = answer(pushing(), { phone: '+2' })
    expect(valueIn(doc.desired, 'phone')).toBe('+2')
    expect(doc.conflicts).toEqual([])
  })

  test('that shows what Stripe made of our value takes that: no loop', () => {
    const doc = answered(
      pushing(),
      { customer: shownBy(pushing(), { name: 'A1' }), replayed: false, policyFor: oursAlways },
      aMoment(),
    )
    expect(valueIn(doc.desired, 'name')).toBe('A1')
    expect(nextStep(doc)).toEqual({ kind: 'done' })
  })
})

test('an answer that says "deleted" asks for the look that decides, and settles nothing', () => {
  const open = pushing({ wanted: 2, seen: 2 })
  const doc = closedForLook(open)
  expect(doc.intent).toBeNull()
  expect(doc.base).toEqual(open.base)
  expect(doc.obs).toBe(open.obs + 1)
  expect(nextStep(doc)).toEqual({ kind: 'look' })
})

test('without an open intent there is nothing to end', () => {
  const doc = anAgreed()
  expect(() => answer(doc)).toThrow(/^bug: /)
  expect(() => unknown(doc, at)).toThrow(/^bug: /)
  expect(() => closedForLook(doc)).toThrow(/^bug: /)
  expect(() => refusedBy(doc, { code: 'x', param: null }, aMoment())).toThrow(/^bug: /)
})
