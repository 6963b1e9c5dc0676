// Operations that wait for Stripe: each ends once, in the write that takes it out of the line, and none waits for what will
// never come.

import { describe, expect, test } from 'vitest'
import type { AppliedOperation, CustomerDocument } from '../../src/customer/document.ts'
import { sealed } from '../../src/customer/seal.ts'
import { dueAt } from '../../src/store/due-at.ts'
import { commandDone, commandParked, commandRefused, openedCommand } from '../../src/sync/command-intent.ts'
import { opened, unlinked } from '../../src/sync/intent.ts'
import { isMarkable, nextStep } from '../../src/sync/plan.ts'
import { buried, erased, openedDelete, purged } from '../../src/sync/purge.ts'
import { aDocument, aMoment, anAgreed, at, told } from '../support/documents.ts'
import { after, anOperation, credit, crediting, refusalOf, waitingFor } from '../support/operations.ts'

const outcomes = (doc: CustomerDocument) => doc.applied.map(({ version: _, ...entry }) => entry)
const waits = (id: string): Omit<AppliedOperation, 'version'> => ({ id, code: null, waiting: true })
/** Two credits in line. */
const two = (doc: CustomerDocument) => waitingFor(waitingFor(doc, credit, 'first'), credit, 'second')
const linked = () => anAgreed({ name: 'Ada' })

describe('a command', () => {
  test('is refused where there is no Stripe customer and none is wanted (29: credit-on-unlinked)', () => {
    for (const state of ['archived', 'deleted'] as const) {
      expect(refusalOf(aDocument({ state }), credit)).toBe('not_linked')
    }
    expect(refusalOf(aDocument(), credit)).toBe('applied')
    expect(refusalOf(linked(), credit)).toBe('applied')
  })

  test('waits for the customer’s create, and for the commands before it', () => {
    const doc = two(aDocument())
    expect(nextStep(doc).kind).toBe('create')
    expect(nextStep(two(linked()))).toEqual({ kind: 'command', operationId: 'first' })
    expect(two(linked()).applied.some(isMarkable)).toBe(false)
  })

  test.each([
    ['done', commandDone(crediting(), { id: 'cbtxn_1' }), { code: null }],
    ['refused', commandRefused(crediting(), { code: 'x', param: null }), { code: 'stripe_refused' }],
    ['parked', commandParked(crediting(), 'link_lost'), { code: 'link_lost', parked: true }],
  ])('%s: is out of the line, can be marked, and the customer is looked at', (_, doc, outcome) => {
    expect(doc.intent).toBeNull()
    expect('commands' in doc).toBe(false)
    expect(outcomes(doc)).toMatchObject([{ id: 'operation-1', ...outcome }])
    expect(doc.applied.every(isMarkable)).toBe(true)
    expect(nextStep(doc)).toEqual({ kind: 'look' })
  })

  test('that ended is marked, even where the customer was parked meanwhile', () => {
    const doc = sealed({ ...commandDone(crediting(), { id: 'cbtxn_1' }), parked: { code: 'x', at } }, at)
    // Its event is appended by then: what is left to do is the mark alone.
    expect(dueAt({ ...doc, outbox: [] })).toBe(at)
  })

  test('gives way to the next one', () => {
    const doc = commandDone(openedCommand(two(linked()), anOperation(credit, { _id: 'first' }), at), {
      id: 'cbtxn_1',
    })
    expect(doc.commands).toEqual(['second'])
    expect(outcomes(doc).at(-1)).toEqual(waits('second'))
    expect(nextStep({ ...doc, seen: doc.wanted })).toEqual({ kind: 'command', operationId: 'second' })
  })
})

describe('the way to Stripe that is closed', () => {
  const parked = { code: 'link_lost', parked: true, told: true }

  test('by an archive before the create parks what waits, in the same write (34: command-waits-forever)', () => {
    for (const kind of ['archive', 'delete'] as const) {
      const doc = sealed(after(two(aDocument()), { kind }), at)
      expect('commands' in doc).toBe(false)
      expect(outcomes(doc)).toEqual([
        { id: 'first', ...parked },
        { id: 'second', ...parked },
      ])
      expect(dueAt(doc)).toBe(at)
    }
  })

  test('by an archive while the create is on its way parks nothing: its answer makes the link', () => {
    const creating = two(aDocument())
    const step = nextStep(creating)
    if (step.kind !== 'create') throw new Error(step.kind)
    const doc = sealed(after(opened(creating, step, at), { kind: 'archive' }), at)
    expect(doc.commands).toEqual(['first', 'second'])
    expect(outcomes(doc)).toEqual([waits('first'), waits('second')])
  })

  test('by a deletion at Stripe parks what waits, in the same write', () => {
    const doc = sealed(unlinked(two(linked()), aMoment()), at)
    expect('commands' in doc).toBe(false)
    expect(outcomes(doc)).toMatchObject([parked, parked])
  })

  test('by nothing, where one is linked or wanted, parks nothing', () => {
    for (const doc of [two(linked()), two(aDocument()), { ...two(linked()), state: 'archived' } as const]) {
      expect(outcomes(sealed(doc, at))).toEqual([waits('first'), waits('second')])
    }
  })
})

describe('a tombstone', () => {
  /** Archived first, since only then a purge is taken; its event is not relayed yet. */
  const dying = (erase = false): CustomerDocument => {
    const archived = after(two({ ...linked(), email_claim: 'a@b.example' }), { kind: 'archive' })
    const asked = waitingFor(archived, { kind: 'purge', erase }, 'purge')
    return openedDelete(asked, at)
  }

  test('comes of archived or deleted customers alone', () => {
    for (const state of ['active', 'suspended'] as const) {
      expect(refusalOf({ ...linked(), state }, { kind: 'purge', erase: false })).toBe('not_allowed_in_state')
    }
    expect(nextStep({ ...dying(), intent: null })).toEqual({ kind: 'purge' })
  })

  test('cancels what waited, ends the purge, and keeps the events that wait for their append, in order', () => {
    const doc = sealed(purged(dying(), aMoment()), at)
    const endings = ['operation.rejected', 'operation.rejected', 'operation.applied']
    expect(told(doc)).toEqual(['customer.archived', 'customer.purged', ...endings])
    expect(doc.outbox.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
    expect(doc.seq).toBe(5)
    expect(outcomes(doc)).toMatchObject([
      { id: 'first', code: 'cancelled' },
      { id: 'second', code: 'cancelled' },
      { id: 'purge', code: null, result: '{"id":"customer-1","purged":true}' },
    ])
    expect(doc.applied.every(isMarkable)).toBe(true)
    for (const part of ['commands', 'purge', 'stripe_id', 'email_claim']) expect(doc).not.toHaveProperty(part)
    expect(doc).toMatchObject({ desired: [], observed: [], base: [], former_stripe_ids: ['cus_1'] })
  })

  test('is due until its events are told and its outcomes marked, and then never again', () => {
    const doc = sealed(purged(dying(), aMoment()), at)
    expect(dueAt(doc)).toBe(at)
    expect(dueAt(sealed({ ...doc, outbox: [] }, at))).toBe(at)
    const settled = sealed({ ...doc, outbox: [], applied: [] }, at)
    expect(nextStep(settled)).toEqual({ kind: 'done' })
    expect(dueAt(settled)).toBeNull()
    // An event, or an operation, that comes late changes nothing of that.
    expect(dueAt(sealed({ ...settled, wanted: settled.wanted + 1 }, at))).toBeNull()
  })

  test('is due until the person’s data is gone elsewhere, where that was asked for', () => {
    const doc = sealed({ ...purged(dying(true), aMoment()), outbox: [], applied: [] }, at)
    expect(nextStep(doc)).toEqual({ kind: 'erase' })
    expect(dueAt(doc)).toBe(at)
    expect(dueAt(sealed(erased(doc), at))).toBeNull()
  })

  test('of a twin says whom it went into, with its own events still to be told', () => {
    const twin = { ...linked(), outbox: [{ id: 'e', seq: 1, type: 't', at, data: '{}' }], seq: 1 }
    const doc = sealed(buried(twin, { merged_into: 'customer-2', at }), at)
    expect(doc.tombstone).toEqual({ merged_into: 'customer-2', at })
    expect(doc.outbox).toEqual(twin.outbox)
    expect(dueAt(doc)).toBe(at)
  })
})
