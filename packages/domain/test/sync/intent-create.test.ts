// The states of a create, of the link and of its end (PROTOCOL section 5), as promises about each move.

import { describe, expect, test } from 'vitest'
import type { CustomerDocument } from '../../src/customer/document.ts'
import {
  answered,
  customerOfCreateKey,
  linkedTo,
  opened,
  proven,
  refusedBy,
  reopened,
  unknown,
  unlinked,
} from '../../src/sync/intent.ts'
import { accept } from '../../src/sync/observe.ts'
import { nextStep } from '../../src/sync/plan.ts'
import {
  aDocument,
  aMoment,
  anAgreed,
  at,
  hourMs,
  oursAlways,
  stripeAlways,
  stripeCustomerOf,
  told,
  valueIn,
  wishing,
} from '../support/documents.ts'

function creating(fields: Parameters<typeof aDocument>[0] = {}): CustomerDocument {
  const doc = aDocument({ desired: { name: 'a1' }, ...fields })
  const step = nextStep(doc)
  if (step.kind !== 'create') throw new Error(step.kind)
  return opened(doc, step, at)
}

const sentBy = (doc: CustomerDocument) =>
  new Map((doc.intent?.sent ?? []).flatMap(({ k, v }): [string, string][] => (v === null ? [] : [[k, v]])))

function made(doc: CustomerDocument, changes: Record<string, string> = {}): CustomerDocument {
  const customer = stripeCustomerOf(new Map([...sentBy(doc), ...Object.entries(changes)]))
  return answered(doc, { customer, replayed: false, policyFor: oursAlways }, aMoment(at + 500))
}

describe('a create', () => {
  test('carries the proof of whose it is, and a key with the link’s generation', () => {
    const { intent } = creating({ gen: 3, intent_n: 8 })
    expect(intent?.form).toContainEqual(['metadata[lockstep_id]', 'customer-1'])
    expect(intent?.key).toBe('ls:create:customer-1:3.9')
    expect(customerOfCreateKey(intent?.key ?? null)).toBe('customer-1')
  })

  test('answered 200 is linked, agrees on what was sent, and is looked at once more', () => {
    const doc = made(creating())
    expect(doc.stripe_id).toBe('cus_1')
    expect(doc.intent).toBeNull()
    expect(valueIn(doc.base, 'name')).toBe('a1')
    expect(told(doc)).toEqual(['customer.linked'])
    // 31: a deletion in between may have found nobody to tell.
    expect(nextStep(doc)).toEqual({ kind: 'look' })
    expect(doc.seen).toBe(0)
  })

  test('answered 200 keeps what was wanted meanwhile', () => {
    const doc = made(wishing(creating(), { name: 'a2' }))
    expect(valueIn(doc.desired, 'name')).toBe('a2')
    expect(valueIn(doc.base, 'name')).toBe('a1')
    expect(doc.conflicts).toEqual([])
  })

  test('of unknown outcome is in doubt, since the first moment of doubt, and stays open', () => {
    const doc = unknown(creating(), at + hourMs)
    expect(doc.intent?.doubt_since).toBe(at + hourMs)
    expect(unknown(doc, at + 2 * hourMs).intent?.doubt_since).toBe(at + hourMs)
    expect(nextStep(doc)).toEqual({ kind: 'resolve' })
    expect(doc.pushes).toEqual([])
  })

  test('that a look-up did not find goes on under a new key; the old ones and the first moment stay known', () => {
    const doubt = unknown(creating(), at + hourMs)
    const doc = reopened(doubt, at + 3 * hourMs)
    expect(doc.intent).toMatchObject({
      key: 'ls:create:customer-1:1.2',
      keys: ['ls:create:customer-1:1.1', 'ls:create:customer-1:1.2'],
      since: at + 3 * hourMs,
      first_since: at,
      doubt_since: null,
      form: doubt.intent?.form,
    })
    expect(reopened(unknown(doc, at), at).intent?.key).toBe('ls:create:customer-1:1.3')
  })

  test('that was refused is made anew without that leaf, under a new key', () => {
    const doc = refusedBy(creating(), { code: 'x', param: 'name' }, aMoment())
    const step = nextStep(doc)
    if (step.kind !== 'create') throw new Error(step.kind)
    expect(step.leaves.map(({ k }) => k)).not.toContain('name')
    expect(opened(doc, step, at).intent?.key).toBe('ls:create:customer-1:1.2')
  })

  test('keeps the proof in it even where Stripe refuses "metadata"', () => {
    const doc = refusedBy(
      creating({ desired: { 'metadata.x': 'y' } }),
      { code: 'x', param: 'metadata' },
      aMoment(),
    )
    const step = nextStep(doc)
    if (step.kind !== 'create') throw new Error(step.kind)
    expect(step.leaves).toContainEqual({ k: 'metadata.lockstep_id', v: 'customer-1' })
    expect(step.leaves.map(({ k }) => k)).not.toContain('metadata.x')
  })
})

describe('a create that was proven', () => {
  test.each([
    ['while it was open', creating()],
    ['while it was in doubt', unknown(creating(), at)],
    ['under an older key', reopened(unknown(creating(), at), at + hourMs)],
  ])('%s: linked, agreed on what was sent, closed, and looked at', (_, open) => {
    const doc = proven({ ...open, wanted: 6, seen: 6 }, 'cus_9', aMoment())
    expect(doc.stripe_id).toBe('cus_9')
    expect(doc.intent).toBeNull()
    expect(valueIn(doc.base, 'name')).toBe('a1')
    expect([doc.wanted, doc.seen]).toEqual([7, 6])
    expect(doc.obs).toBe(open.obs + 1)
    // No state read before it counts: what Stripe shows now is learned by the look.
    expect(doc.observed).toEqual(open.observed)
    expect(nextStep(doc)).toEqual({ kind: 'look' })
  })

  test('takes an edit that was made there meanwhile', () => {
    const doc = proven(unknown(creating(), at), 'cus_9', aMoment())
    const customer = stripeCustomerOf(new Map([...sentBy(creating()), ['name', 's1']]), 'cus_9')
    const looked = accept(doc, { customer, lookedFor: doc.wanted, policyFor: oursAlways }, aMoment())
    expect(valueIn(looked.desired, 'name')).toBe('s1')
    expect(looked.conflicts).toEqual([])
  })
})

describe('a link to a customer that was there first', () => {
  const first = (
    desired: Record<string, string>,
    there: Record<string, string>,
    policyFor = oursAlways as () => 'ours' | 'stripe',
  ) => {
    const doc = linkedTo(aDocument({ desired }), 'cus_1', aMoment())
    const customer = stripeCustomerOf(new Map(Object.entries(there)))
    return accept(doc, { customer, lookedFor: doc.wanted, policyFor }, aMoment())
  }

  test('asks for a look, and for one more where one was wanted already', () => {
    expect(linkedTo(aDocument({ wanted: 4, seen: 4 }), 'cus_1', aMoment()).wanted).toBe(5)
    expect(linkedTo(aDocument({ wanted: 6, seen: 4 }), 'cus_1', aMoment()).wanted).toBe(6)
  })

  test('lets the filled side win, never a clearing', () => {
    const doc = first({ name: 'ours' }, { phone: '+1' })
    expect(valueIn(doc.desired, 'phone')).toBe('+1')
    expect(valueIn(doc.desired, 'name')).toBe('ours')
    expect(doc.conflicts).toEqual([])
    const step = nextStep(doc)
    expect(step.kind === 'update' && step.leaves).toContainEqual({ k: 'name', v: 'ours' })
  })

  test('takes nothing for agreed: both filled and different is a conflict (27: missing-base-is-desired)', () => {
    const ours = first({ name: 'ours' }, { name: 'theirs' })
    expect(valueIn(ours.desired, 'name')).toBe('ours')
    expect(ours.conflicts).toMatchObject([
      { k: 'name', lost: 'theirs', won: 'ours', winner: 'ours', by: 'merge' },
    ])
    const theirs = first({ name: 'ours' }, { name: 'theirs' }, stripeAlways)
    expect(valueIn(theirs.desired, 'name')).toBe('theirs')
    expect(theirs.conflicts).toMatchObject([{ lost: 'ours', won: 'theirs', winner: 'stripe' }])
  })
})

describe('a customer that was deleted at Stripe', () => {
  const linked = (fields: Partial<CustomerDocument> = {}) =>
    anAgreed({ name: 'a1' }, { gen: 2, former_stripe_ids: ['cus_0'], wanted: 5, seen: 4, obs: 9, ...fields })

  test('is archived and unlinked; its id is remembered, what was agreed with it forgotten', () => {
    const doc = unlinked(linked(), aMoment(at + 7))
    expect('stripe_id' in doc).toBe(false)
    expect(doc).toMatchObject({
      state: 'archived',
      former_stripe_ids: ['cus_0', 'cus_1'],
      observed: [],
      base: [],
      stripe: null,
      gen: 3,
      obs: 10,
      pushes: [],
      version: linked().version + 1,
      updated_at: at + 7,
    })
    expect(valueIn(doc.desired, 'name')).toBe('a1')
    expect(told(doc)).toEqual(['customer.unlinked', 'customer.archived'])
    expect(nextStep(doc)).toEqual({ kind: 'done' })
  })

  test.each(['archived', 'deleted'] as const)('and was %s here stays what it is', (state) => {
    const doc = unlinked(linked({ state, state_before_deleted: 'suspended' }), aMoment())
    expect(doc).toMatchObject({ state, state_before_deleted: 'suspended', version: linked().version })
    expect(told(doc)).toEqual(['customer.unlinked'])
  })

  test('wanted again is a customer of the next generation (26: create-without-generation)', () => {
    const first = creating({ gen: 2 })
    const again: CustomerDocument = { ...unlinked(linked({ intent_n: 0 }), aMoment()), state: 'active' }
    const step = nextStep(again)
    if (step.kind !== 'create') throw new Error(step.kind)
    const next = opened(again, step, at)
    expect(next.intent?.key).toBe('ls:create:customer-1:3.1')
    expect(next.intent?.key).not.toBe(first.intent?.key)
    expect(next.intent?.expect.every(({ v }) => v === null)).toBe(true)
    expect(step.leaves).toContainEqual({ k: 'name', v: 'a1' })
  })

  test('cannot be one that was never linked', () => {
    expect(() => unlinked(aDocument(), aMoment())).toThrow(/^bug: /)
  })
})

test('a create’s key tells whose it is; no other text does', () => {
  expect(customerOfCreateKey('ls:create:018f-uuid:1.12')).toBe('018f-uuid')
  for (const key of [
    null,
    '',
    'ls:update:c:1.1',
    'ls:create::1.1',
    'ls:create:c:1',
    'xls:create:c:1.1',
    'ls:create:c:1.1x',
    'ls:create:a:b:1.1',
  ]) {
    expect(customerOfCreateKey(key)).toBeNull()
  }
})
