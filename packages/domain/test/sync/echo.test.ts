// What a Stripe event does to a document: a wish for a look, and the examination of our own echo (PROTOCOL section 6).

import { describe, expect, test } from 'vitest'
import { answered } from '../../src/sync/intent.ts'
import { accept } from '../../src/sync/observe.ts'
import { nextStep } from '../../src/sync/plan.ts'
import {
  aDocument,
  aMoment,
  anAgreed,
  anEnded,
  anEvent,
  anIntent,
  at,
  oursAlways,
  sent,
  shownBy,
  stripeAlways,
  told,
  valueIn,
  wishing,
} from '../support/documents.ts'
import { echo, firstKey, note, openedUpdate } from '../support/pushing.ts'

/** Expected a0, pushed a1, answered: both sides hold a1. */
const pushed = (
  values: Record<string, string | null> = { name: 'a1' },
  before: Record<string, string> = { name: 'a0' },
) => {
  const open = openedUpdate(wishing(anAgreed(before), values))
  return answered(
    open,
    { customer: shownBy(open, values), replayed: false, policyFor: oursAlways },
    aMoment(),
  )
}

describe('an event', () => {
  test('asks for a look, each one for its own', () => {
    const doc = anAgreed({}, { wanted: 3, seen: 3 })
    const one = note(doc, { event: anEvent(), keptPush: null, policyFor: oursAlways })
    expect(one.outcome).toBe('looked')
    expect([one.doc.wanted, one.doc.seen]).toEqual([4, 3])
    const two = note(one.doc, { event: anEvent(), keptPush: null, policyFor: oursAlways })
    expect(two.doc.wanted).toBe(5)
  })

  test('is never a source of state', () => {
    const doc = anAgreed({ name: 'a0' })
    const event = anEvent({ previous_attributes: '{"name":"old"}', lockstep_id: 'customer-2' })
    const { doc: next } = note(doc, { event, keptPush: null, policyFor: stripeAlways })
    expect({ ...next, wanted: 0, replaced: undefined }).toEqual(doc)
  })

  test('of another key is no echo, even with our prefix', () => {
    const event = anEvent({ idempotency_key: 'ls:update:customer-1:1.99' })
    const { outcome, doc } = note(pushed(), {
      event,
      keptPush: anEnded({ key: 'another' }),
      policyFor: oursAlways,
    })
    expect(outcome).toBe('looked')
    expect(doc.pushes).toHaveLength(1)
  })

  test('of a customer that was deleted there long ago revives nothing, proof or not', () => {
    const again = aDocument({ gen: 2, former_stripe_ids: ['cus_old'], intent: anIntent('create') })
    const event = anEvent({ stripe_customer_id: 'cus_old', lockstep_id: 'customer-1' })
    expect(note(again, { event, keptPush: null, policyFor: oursAlways })).toEqual({
      doc: again,
      outcome: 'known',
    })
  })
})

describe('the echo of a push that ended well', () => {
  test('asks for no look and closes the push', () => {
    const { doc, outcome } = note(pushed(), echo({ name: 'a0' }))
    expect(outcome).toBe('echo')
    expect(doc.wanted).toBe(pushed().wanted)
    expect(doc.pushes).toEqual([])
    expect(doc.conflicts).toEqual([])
    expect(nextStep(doc)).toEqual({ kind: 'done' })
  })

  test('tells of an edit that the push overwrote (15: echo-not-examined)', () => {
    const { doc } = note(pushed(), echo({ name: 's1' }))
    expect(doc.conflicts).toEqual([
      {
        id: `${firstKey}:name`,
        k: 'name',
        lost: 's1',
        won: 'a1',
        winner: 'ours',
        by: 'overwritten',
        at: at + 50,
      },
    ])
    expect(told(doc)).toEqual(['customer.conflict'])
    expect(valueIn(doc.desired, 'name')).toBe('a1')
  })

  test('puts the edit back under policy stripe, as a change that callers see', () => {
    const { doc } = note(pushed(), echo({ name: 's1' }, { policyFor: stripeAlways }))
    expect(valueIn(doc.desired, 'name')).toBe('s1')
    expect(doc.conflicts).toMatchObject([{ lost: 'a1', won: 's1', winner: 'stripe', by: 'overwritten' }])
    expect(nextStep(doc)).toEqual({ kind: 'update', leaves: sent({ name: 's1' }) })
    expect(doc.version).toBe(pushed().version + 1)
    expect(told(doc)).toEqual(['customer.conflict', 'customer.updated'])
    expect(JSON.parse(doc.outbox.at(-1)?.data ?? '')).toEqual({
      by: 'stripe',
      changes: [{ field: 'name', from: 'a1', to: 's1' }],
    })
  })

  test('puts back an edit that had cleared the field', () => {
    const { doc } = note(pushed(), echo({ name: null }, { policyFor: stripeAlways }))
    expect(valueIn(doc.desired, 'name')).toBeNull()
    expect(doc.conflicts).toMatchObject([{ lost: 'a1', won: null }])
  })

  test('puts nothing back over a newer wish, and leaves it to what Stripe showed since', () => {
    const newer = note(wishing(pushed(), { name: 'a2' }), echo({ name: 's1' }, { policyFor: stripeAlways }))
    expect(valueIn(newer.doc.desired, 'name')).toBe('a2')
    expect(newer.doc.conflicts).toMatchObject([{ lost: 's1', won: 'a1', winner: 'ours' }])
    const seen = { customer: shownBy(pushed(), { name: 's2' }), lookedFor: 0, policyFor: oursAlways }
    const moved = note(accept(pushed(), seen, aMoment()), echo({ name: 's1' }, { policyFor: stripeAlways }))
    expect(valueIn(moved.doc.desired, 'name')).toBe('s2')
  })

  test('puts nothing back where the same value is a newer wish, not what both sides agree on', () => {
    const seen = { customer: shownBy(pushed(), { name: 's2' }), lookedFor: 0, policyFor: oursAlways }
    const again = wishing(accept(pushed(), seen, aMoment()), { name: 'a1' })
    const { doc } = note(again, echo({ name: 's1' }, { policyFor: stripeAlways }))
    expect(valueIn(doc.desired, 'name')).toBe('a1')
    expect(doc.conflicts).toMatchObject([{ lost: 's1', won: 'a1', winner: 'ours' }])
  })

  test('puts an edit back once: not again over a caller who insists', () => {
    const first = note(pushed(), echo({ name: 's1' }, { policyFor: stripeAlways })).doc
    const insisted = { ...pushed(), conflicts: first.conflicts }
    const second = note(insisted, echo({ name: 's1' }, { policyFor: stripeAlways })).doc
    expect(valueIn(second.desired, 'name')).toBe('a1')
    expect(second.version).toBe(insisted.version)
  })

  test('is no conflict where we want the lost value ourselves by now', () => {
    const { doc } = note(wishing(pushed(), { name: 's1' }), echo({ name: 's1' }))
    expect(doc.conflicts).toEqual([])
  })

  test('is no conflict where the edit was the value that we sent', () => {
    expect(note(pushed(), echo({ name: 'a1' })).doc.conflicts).toEqual([])
    expect(note(wishing(pushed(), { name: 'a2' }), echo({ name: 'a1' })).doc.conflicts).toEqual([])
  })

  test('looks at what we sent alone: what else changed is the look’s affair', () => {
    expect(note(pushed(), echo({ phone: '+1', metadata: { lockstep_id: null } })).doc.conflicts).toEqual([])
  })

  test('never makes a conflict of our marks', () => {
    const doc = anAgreed({}, { pushes: [anEnded({ sent: sent({ 'metadata.lockstep_tier': 'pro' }) })] })
    expect(note(doc, echo({ metadata: { lockstep_tier: 'forged' } })).doc.conflicts).toEqual([])
  })

  test('finds overwritten metadata, address and shipping, by leaf', () => {
    const values = {
      'metadata.__proto__': 'a1',
      'address.city': 'a1',
      'shipping.name': 'a1',
      'shipping.address.city': 'a1',
    }
    const before = { 'shipping.name': 'a0', 'shipping.address.city': 'a1' }
    const previous = '{"metadata":{"__proto__":"s1"},"address":{"city":"s1"},"shipping":{"name":"s1"}}'
    const event = anEvent({ idempotency_key: firstKey, previous_attributes: previous })
    const { doc } = note(pushed(values, before), { event, keptPush: null, policyFor: oursAlways })
    expect(doc.conflicts.map(({ k }) => k).sort()).toEqual([
      'address.city',
      'metadata.__proto__',
      'shipping.name',
    ])
  })

  test('drops the claim of an e-mail that it puts back', () => {
    const start = { ...pushed({ email: 'a1' }, { email: 'a0' }), email_claim: 'a1' }
    expect('email_claim' in note(start, echo({ email: 's1' }, { policyFor: stripeAlways })).doc).toBe(false)
    expect(note(start, echo({ email: 's1' })).doc.email_claim).toBe('a1')
    // The same e-mail in other letters is the claimed one.
    expect(note(start, echo({ email: 'A1' }, { policyFor: stripeAlways })).doc.email_claim).toBe('a1')
  })

  test('handled a second time changes no more than a look too many', () => {
    for (const policyFor of [oursAlways, stripeAlways]) {
      const first = note(pushed(), echo({ name: 's1' }, { policyFor })).doc
      const second = note({ ...first, pushes: pushed().pushes }, echo({ name: 's1' }, { policyFor })).doc
      expect(second.conflicts).toEqual(first.conflicts)
      expect(second.outbox).toEqual(first.outbox)
      expect(second.desired).toEqual(first.desired)
      expect(note(first, echo({ name: 's1' }, { policyFor })).outcome).toBe('looked')
    }
  })

  test('is found by a push that no longer stands in the document', () => {
    const bare = { ...pushed(), pushes: [] }
    const { doc, outcome } = note(bare, echo({ name: 's1' }, { keptPush: pushed().pushes[0] ?? null }))
    expect(outcome).toBe('echo')
    expect(doc.conflicts).toHaveLength(1)
    expect(doc.wanted).toBe(bare.wanted)
  })
})
