// What Stripe refuses: the value is held back, the other fields travel (PROTOCOL section 4).

import { describe, expect, test } from 'vitest'
import { opened, refusedBy } from '../../src/sync/intent.ts'
import { nextStep } from '../../src/sync/plan.ts'
import { aMoment, anAgreed, at, sent, told, wishing } from '../support/documents.ts'

describe('a refusal', () => {
  const two = () => {
    const doc = wishing(anAgreed({ name: 'a0', email: 'e0' }), { name: 'a1', email: 'bad' })
    const step = nextStep(doc)
    if (step.kind !== 'update') throw new Error(step.kind)
    return opened(doc, step, at)
  }

  test('holds the field that it names, and lets the others travel', () => {
    const doc = refusedBy(two(), { code: 'email_invalid', param: 'email' }, aMoment(at + 5))
    expect(doc.intent).toBeNull()
    expect(doc.refused).toEqual([{ k: 'email', v: 'bad', code: 'email_invalid', param: 'email', at: at + 5 }])
    expect(nextStep(doc)).toEqual({ kind: 'update', leaves: sent({ name: 'a1' }) })
    expect(doc.base).toEqual(two().base)
    expect(told(doc)).toEqual(['customer.held'])
    expect(JSON.parse(doc.outbox[0]?.data ?? '')).toEqual({ fields: ['email'], code: 'email_invalid' })
  })

  test('of a value that is not wanted any more holds nothing', () => {
    const doc = refusedBy(
      wishing(two(), { email: 'good' }),
      { code: 'email_invalid', param: 'email' },
      aMoment(),
    )
    const step = nextStep(doc)
    expect(step.kind === 'update' && step.leaves).toContainEqual({ k: 'email', v: 'good' })
  })

  test('that names no field sends one leaf a time, and blames the one that stands alone', () => {
    const first = refusedBy(two(), { code: 'parameter_invalid', param: null }, aMoment())
    expect(first.refused).toEqual([])
    const step = nextStep(first)
    if (step.kind !== 'update') throw new Error(step.kind)
    expect(step.leaves).toHaveLength(1)
    const second = refusedBy(opened(first, step, at), { code: 'parameter_invalid', param: null }, aMoment())
    expect(second.refused.map(({ k }) => k)).toEqual(step.leaves.map(({ k }) => k))
  })

  test('of a newer value replaces the older one’s record', () => {
    const once = refusedBy(two(), { code: 'email_invalid', param: 'email' }, aMoment())
    const again = opened(
      wishing(once, { email: 'worse' }),
      { kind: 'update', leaves: sent({ email: 'worse' }) },
      at,
    )
    const twice = refusedBy(again, { code: 'email_invalid', param: 'email' }, aMoment())
    expect(twice.refused).toMatchObject([{ k: 'email', v: 'worse' }])
  })
})
