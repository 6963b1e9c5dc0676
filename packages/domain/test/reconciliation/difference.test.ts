// What counts as a difference: every mirrored field, whichever side decides it, but nothing that is on record.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Refusal } from '../../src/customer/document.ts'
import { fieldDifferences } from '../../src/reconciliation/difference.ts'
import { factsOf } from '../../src/stripe/stripe-facts.ts'
import { accept } from '../../src/sync/observe.ts'
import { inStep } from '../../src/sync/plan.ts'
import { linkedCustomer, policy } from '../support/arbitraries.ts'
import {
  aMoment,
  anAgreed,
  at,
  oursAlways,
  shownBy,
  stripeCustomerOf,
  wishing,
} from '../support/documents.ts'

const agreed = anAgreed({ name: 'Ada', 'address.city': 'Paris' })
const inStepWith = { ...agreed, stripe: factsOf(shownBy(agreed)) }

test('a customer in step differs in nothing', () => {
  expect(fieldDifferences(inStepWith, shownBy(inStepWith))).toEqual([])
})

test('a field of either side is told with both values, by its name in the API', () => {
  const there = shownBy(inStepWith, { 'address.city': 'Lyon', 'metadata.vip': 'yes' })
  expect(fieldDifferences(inStepWith, there)).toEqual([
    { field: 'billing_address.city', ours: 'Paris', stripe: 'Lyon' },
    { field: 'metadata.vip', ours: null, stripe: 'yes' },
  ])
})

test('what Stripe alone decides is compared too: balance, currency, delinquency, default payment method', () => {
  const paidBy = { invoice_settings: { default_payment_method: 'pm_1' } }
  const there = { ...shownBy(inStepWith), ...paidBy, balance: -500, currency: 'eur', delinquent: true }
  expect(fieldDifferences(inStepWith, there)).toEqual([
    { field: 'balance', ours: '0', stripe: '-500' },
    { field: 'currency', ours: null, stripe: 'eur' },
    { field: 'delinquent', ours: 'false', stripe: 'true' },
    { field: 'default_payment_method', ours: null, stripe: 'pm_1' },
  ])
  // When Stripe made it is no state, and one that was never looked at has a look coming.
  expect(fieldDifferences(inStepWith, { ...shownBy(inStepWith), created: 7 })).toEqual([])
  expect(fieldDifferences({ ...inStepWith, stripe: null }, there)).toEqual([])
})

test('a held field is none, until Stripe shows what it did not when the refusal was recorded', () => {
  const refused: Refusal[] = [{ k: 'email', v: 'bad', code: 'email_invalid', param: 'email', at }]
  const held = wishing(anAgreed({ email: 'old@b.example' }, { refused }), { email: 'bad' })
  expect(fieldDifferences(held, shownBy(held))).toEqual([])
  const edited = shownBy(held, { email: 'new@b.example' })
  expect(fieldDifferences(held, edited)).toEqual([
    { field: 'email', ours: 'old@b.example', stripe: 'new@b.example' },
  ])
  // Once that was looked at, it is on record like the one before.
  const seen = { customer: edited, lookedFor: held.wanted, policyFor: oursAlways }
  const looked = accept(held, seen, aMoment())
  expect(fieldDifferences(looked, edited)).toEqual([])
})

test('a look leaves no difference behind that it would be asked for again', () => {
  fc.assert(
    fc.property(linkedCustomer, policy, ({ doc, shown }, wins) => {
      const customer = stripeCustomerOf(shown)
      const seen = { customer, lookedFor: doc.wanted, policyFor: () => wins }
      const looked = accept({ ...doc, intent: null }, seen, aMoment())
      fc.pre(inStep(looked))
      expect(fieldDifferences(looked, customer)).toEqual([])
    }),
  )
})
