// The bound on the pushes that wait for their echo in a document: 20, whatever comes, and none is forgotten.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CustomerDocument, type Push, pushesMax } from '../../src/customer/document.ts'
import { answered, unknown } from '../../src/sync/intent.ts'
import { roomForPush } from '../../src/sync/kept-pushes.ts'
import { pushKeptMs } from '../../src/sync/observe.ts'
import { aMoment, anAgreed, anEnded, at, oursAlways, shownBy, wishing } from '../support/documents.ts'
import { openedUpdate } from '../support/pushing.ts'

const ended = (n: number, fields: Partial<Push> = {}) => anEnded({ key: `${n}`, ended_at: at + n, ...fields })

/** One more update, opened where there is room for it, that ends so. */
function pushedOnce(
  doc: CustomerDocument,
  n: number,
  ok: boolean,
): { doc: CustomerDocument; leaving: Push[] } {
  const room = roomForPush(doc)
  const open = openedUpdate(wishing(room.doc, { name: `a${n}` }))
  const shown = shownBy(open, { name: `a${n}` })
  if (!ok) return { doc: { ...unknown(open, at + n), seen: doc.wanted + 1 }, leaving: room.leaving }
  const answer = { customer: shown, replayed: false, policyFor: oursAlways }
  return { doc: answered(open, answer, aMoment(at + n)), leaving: room.leaving }
}

test('whatever becomes of the updates, at most 20 of them stand in the document, and each stands or has left', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 15, maxLength: 50 }), (ends) => {
      let doc = anAgreed({ name: 'a' })
      const left: Push[] = []
      ends.forEach((ok, n) => {
        const pushed = pushedOnce(doc, n, ok)
        doc = pushed.doc
        left.push(...pushed.leaving)
        expect(doc.pushes.length).toBeLessThanOrEqual(pushesMax)
      })
      const keys = [...left, ...doc.pushes].map(({ key }) => key)
      expect(new Set(keys).size).toBe(ends.length)
      expect(keys).toHaveLength(ends.length)
      // One of unknown outcome leaves only where nothing else can.
      if (left.some(({ ok }) => !ok)) expect(doc.pushes.slice(0, -1).some(({ ok }) => ok)).toBe(false)
      // As long as one of those elsewhere may hear its echo, a bare event must be fetched for it.
      const until = Math.max(...left.map(({ ended_at }) => ended_at + pushKeptMs))
      expect(doc.kept_pushes_until ?? -Infinity).toBe(until)
    }),
    { numRuns: 60 },
  )
})

test('the oldest go first, those of known outcome before the others', () => {
  const pushes = Array.from({ length: pushesMax }, (_, n) => ended(n, { ok: n !== 0 }))
  const { doc, leaving } = roomForPush(anAgreed({}, { pushes }))
  expect(leaving.map(({ key }) => key)).toEqual(['1'])
  expect(doc.pushes).toHaveLength(pushesMax - 1)
})

test('where there is room, nothing goes', () => {
  const doc = anAgreed({}, { pushes: Array.from({ length: pushesMax - 1 }, (_, n) => ended(n)) })
  expect(roomForPush(doc)).toEqual({ doc, leaving: [] })
})
