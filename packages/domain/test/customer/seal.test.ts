// What every write derives: the due date and the copies for look-ups.

import { describe, expect, test } from 'vitest'
import { revised, sealed } from '../../src/customer/seal.ts'
import { aDocument, anAgreed, at } from '../support/documents.ts'

const now = at + 5000

describe('the due date', () => {
  test('is absent, not empty, while nothing is due', () => {
    const doc = sealed(anAgreed({}, { sync_due_at: at }), now)
    expect('sync_due_at' in doc).toBe(false)
  })

  test('begins anew after it had ended', () => {
    const rested = sealed(anAgreed({}, { sync_due_at: at }), now)
    expect(sealed({ ...rested, wanted: 1 }, now + 9).sync_due_at).toBe(now + 9)
  })

  test('is apart from the back-off, which lasts as long as there is something due', () => {
    const tired = { next_attempt_at: at + 99, tries: 2, waits: 5, one_leaf: true }
    expect(sealed(anAgreed({}, { wanted: 1, ...tired }), now)).toMatchObject(tired)
    expect(sealed(anAgreed({}, tired), now)).toMatchObject({
      next_attempt_at: null,
      tries: 0,
      waits: 0,
      one_leaf: false,
    })
  })
})

test('the copies for look-ups follow the values, without case', () => {
  const doc = sealed(
    aDocument({ desired: { name: 'Ada LOVELACE', email: ' A@B.Example ' }, email_lower: 'old' }),
    now,
  )
  expect(doc).toMatchObject({ email_lower: 'a@b.example', name_lower: 'ada lovelace' })
  expect(sealed(aDocument({ email_lower: 'old', name_lower: 'old' }), now)).toMatchObject({
    email_lower: null,
    name_lower: null,
  })
})

test('sealing twice changes nothing, and leaves the fence to the store', () => {
  for (const doc of [aDocument(), anAgreed({ name: 'Ada' }), anAgreed({}, { wanted: 1 })]) {
    const once = sealed(doc, now)
    expect(sealed(once, now + 7)).toEqual(once)
    expect(once.rev).toBe(doc.rev)
    expect(once.version).toBe(doc.version)
  }
})

test('a revision is a new version of that moment', () => {
  expect(revised(aDocument({ version: 7 }), now)).toMatchObject({ version: 8, updated_at: now })
})
