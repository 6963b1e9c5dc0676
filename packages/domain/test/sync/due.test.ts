// When a customer is due: over every combination of what may be left to do, stated as a list of its own. Work that is left is
// never forgotten, and a customer with nothing left is never rung for again.

import { describe, expect, test } from 'vitest'
import type { CustomerDocument, CustomerState, Tombstone } from '../../src/customer/document.ts'
import { sealed } from '../../src/customer/seal.ts'
import { dueAt } from '../../src/store/due-at.ts'
import { inStep, isDue } from '../../src/sync/plan.ts'
import { cross } from '../support/cross.ts'
import { anAgreed, anIntent, at, wishing } from '../support/documents.ts'

const now = at + 5000
const backOff = now + 60_000

const axes = {
  linked: [true, false],
  state: ['active', 'suspended', 'archived', 'deleted'],
  intent: [true, false],
  look: [true, false],
  purge: [true, false],
  command: [true, false],
  push: [true, false],
  event: [true, false],
  mark: [true, false],
  tombstone: ['none', 'settled', 'to erase', 'erased'],
  parked: [true, false],
  backingOff: [true, false],
} as const
type Case = ReturnType<typeof cases>[number]
const cases = () => cross(axes)
const casesCount = 2 * 4 * 2 ** 7 * 4 * 2 ** 2

const erasures = { settled: {}, 'to erase': { erased: false }, erased: { erased: true } }

function tombstoneOf(kind: Case['tombstone']): Tombstone | null {
  return kind === 'none' ? null : { merged_into: null, at, ...erasures[kind] }
}

function documentOf(the: Case): CustomerDocument {
  const waiting = { id: 'waiting', code: null, version: 1, waiting: true } as const
  const ended = { id: 'ended', code: null, version: 1 }
  const { stripe_id, ...unlinked } = anAgreed(
    { name: 'a0' },
    {
      state: the.state,
      intent: the.intent ? anIntent('update') : null,
      wanted: the.look ? 1 : 0,
      applied: [...(the.command ? [waiting] : []), ...(the.mark ? [ended] : [])],
      outbox: the.event ? [{ id: 'e', seq: 1, type: 't', at, data: '{}' }] : [],
      tombstone: tombstoneOf(the.tombstone),
      parked: the.parked ? { code: 'x', at } : null,
      next_attempt_at: the.backingOff ? backOff : null,
      ...(the.purge && { purge: { operation_id: 'purge', erase: false } }),
      ...(the.command && { commands: ['waiting'] }),
    },
  )
  const doc = the.linked && stripe_id !== undefined ? { ...unlinked, stripe_id } : unlinked
  return the.push ? wishing(doc, { name: 'a1' }) : doc
}

const wants = (state: CustomerState) => state === 'active' || state === 'suspended'

/** What is left that needs no Stripe: a command that would wait for ever is ended by this very write, and then to be marked. */
function bookKeepingOf(the: Case): string[] {
  const wantsLink = the.tombstone === 'none' && wants(the.state)
  const stranded = the.command && !the.linked && !the.intent && !wantsLink
  return [...(the.event ? ['an event'] : []), ...(the.mark || stranded ? ['a mark'] : [])]
}

/** What is left to do at Stripe, or in other records. */
function workOf(the: Case): string[] {
  if (the.tombstone !== 'none') return the.tombstone === 'to erase' ? ['an erasure'] : []
  const work: string[] = []
  if (the.intent) work.push('an intent')
  if (the.purge) work.push('a purge')
  if (the.linked && the.look) work.push('a look')
  if (the.linked && the.command) work.push('a command')
  if (the.linked && the.push) work.push('a push')
  if (!the.linked && wants(the.state)) work.push('a create')
  return work
}

/** From when on it is due; null: never. */
function expectedOf(the: Case): number | null {
  if (bookKeepingOf(the).length > 0) return now
  if (workOf(the).length === 0 || the.parked) return null
  return the.backingOff ? backOff : now
}

describe('a customer is due', () => {
  test('exactly while work is left: a person’s turn and a back-off delay all of it that asks something of Stripe', () => {
    const all = cases()
    const wrong = all.filter((the) => dueAt(sealed(documentOf(the), now)) !== expectedOf(the))
    expect(wrong.slice(0, 3)).toEqual([])
    expect(new Set(all.map((the) => JSON.stringify(the))).size).toBe(casesCount)
  })

  test('from the moment at which that began, however often it is written meanwhile', () => {
    for (const the of cases()) {
      const doc = sealed(documentOf(the), now)
      const later = sealed(doc, now + 9)
      expect(later.sync_due_at).toBe(doc.sync_due_at)
    }
  })

  test('as the lanes see it: what is due rings a bell, and only what is in step is told as synced', () => {
    for (const the of cases()) {
      const doc = sealed(documentOf(the), now)
      const work = workOf(the).length > 0
      expect(inStep(doc)).toBe(!work)
      expect(isDue(doc)).toBe(work || bookKeepingOf(the).length > 0)
      expect('sync_due_at' in doc).toBe(isDue(doc))
    }
  })
})
