// An operator's retry of a parked customer: what goes on, under which key, and what is refused.

import { describe, expect, test } from 'vitest'
import type { CustomerDocument } from '../../src/customer/document.ts'
import { mayCall } from '../../src/sync/intent.ts'
import { nextStep } from '../../src/sync/plan.ts'
import { retried } from '../../src/sync/retry.ts'
import { aDocument, anAgreed, anIntent, at, hourMs } from '../support/documents.ts'
import { crediting } from '../support/operations.ts'

const parkedFor = (code: string) => ({ code, at })

function freed(doc: CustomerDocument): CustomerDocument {
  if (!doc.parked) throw new Error('the test parks it first')
  const retry = retried(doc, doc.parked, at + hourMs)
  if (retry.kind !== 'freed') throw new Error(retry.kind)
  return retry.doc
}

describe('a retry', () => {
  test('frees the customer, with all its tries before it, and keeps what was learnt', () => {
    const parked = parkedFor('resource_missing')
    const doc = anAgreed(
      {},
      { parked, tries: 5, waits: 3, next_attempt_at: at + 9, one_leaf: true, last_error: parked },
    )
    expect(freed(doc)).toEqual({ ...doc, parked: null, tries: 0, waits: 0, next_attempt_at: null })
  })

  test('goes on with an open intent under its own key', () => {
    const intent = anIntent('update')
    const doc = freed(anAgreed({}, { parked: parkedFor('internal'), intent }))
    expect(doc.intent).toEqual(intent)
    expect(nextStep(doc).kind).toBe('resolve')
  })

  test('never sends an update again whose key Stripe has with other parameters: it looks first', () => {
    const parked = parkedFor('idempotency_error')
    const doc = freed(anAgreed({}, { parked, intent: anIntent('update'), wanted: 2, seen: 2 }))
    expect(doc.intent).toBeNull()
    expect(doc.pushes).toMatchObject([{ ok: false }])
    expect(nextStep(doc).kind).toBe('look')
  })

  test('puts such a create in doubt: only a look-up may tell', () => {
    const now = at + hourMs
    const doc = freed(aDocument({ parked: parkedFor('idempotency_error'), intent: anIntent('create') }))
    expect(doc.intent).toMatchObject({ kind: 'create', doubt_since: now })
    expect(doc.intent && mayCall(doc.intent, now)).toBe(false)
  })

  test('puts such a command in doubt, in its place in the line: closed, it would be paid a second time', () => {
    const now = at + hourMs
    const doc = freed({ ...crediting(), parked: parkedFor('idempotency_error') })
    expect(doc.intent).toMatchObject({ kind: 'command', doubt_since: now })
    expect(doc.intent && mayCall(doc.intent, now)).toBe(false)
    expect(doc.commands).toEqual(['operation-1'])
    expect(doc.pushes).toEqual([])
    expect(nextStep(doc).kind).toBe('resolve')
  })

  test('lets such a delete go on: it has no key at Stripe', () => {
    const intent = anIntent('delete')
    expect(freed(anAgreed({}, { parked: parkedFor('idempotency_error'), intent })).intent).toEqual(intent)
  })

  test('after such an error whose intent has ended meanwhile is a retry like any other', () => {
    expect(freed(anAgreed({}, { parked: parkedFor('idempotency_error') })).intent).toBeNull()
  })

  test('does not lift a doubt that is too old, and says so', () => {
    const parked = parkedFor('doubt_too_old')
    const doc = aDocument({ parked, intent: anIntent('create', { doubt_since: at }) })
    expect(retried(doc, parked, at)).toMatchObject({ kind: 'refused', code: 'doubt_too_old' })
  })

  test('leaves alone what is not parked, or was parked anew since the operator looked', () => {
    const shown = parkedFor('internal')
    expect(retried(aDocument(), shown, at).kind).toBe('not_parked')
    expect(retried(aDocument({ parked: { ...shown, at: at + 1 } }), shown, at).kind).toBe('not_parked')
    expect(retried(aDocument({ parked: parkedFor('duplicate') }), shown, at).kind).toBe('not_parked')
  })
})
