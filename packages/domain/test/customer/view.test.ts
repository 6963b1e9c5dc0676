// The customer as callers see it.

import { describe, expect, test } from 'vitest'
import type { CustomerDocument } from '../../src/customer/document.ts'
import { type Flow, customerView, syncState } from '../../src/customer/view.ts'
import { aDocument, anAgreed, anIntent, at, wishing } from '../support/documents.ts'

test('an empty customer has every field, each in its emptiest form', () => {
  expect(customerView(aDocument())).toMatchObject({
    id: 'customer-1',
    key: 'key-1',
    name: null,
    email: null,
    billing_address: null,
    shipping: null,
    tax_exempt: 'none',
    preferred_locales: [],
    currency: null,
    balance: { amount: 0, currency: null },
    metadata: {},
    stripe_customer_id: null,
    external_billing_id: null,
    version: 1,
    created_at: new Date(at).toISOString(),
    deleted_at: null,
  })
})

test('an address has all its parts as soon as it has one', () => {
  const view = customerView(aDocument({ desired: { 'address.city': 'London', 'shipping.phone': '+1' } }))
  expect(view.billing_address).toEqual({
    line1: null,
    line2: null,
    city: 'London',
    state: null,
    postal_code: null,
    country: null,
  })
  expect(view.shipping).toEqual({ name: null, phone: '+1', address: null })
})

test('Stripe’s currency shows before the caller’s wish', () => {
  const stripe = { balance: -250, currency: 'eur', delinquent: true }
  const view = customerView(anAgreed({}, { stripe, currency: 'usd' }))
  expect(view).toMatchObject({
    currency: 'eur',
    balance: { amount: -250, currency: 'eur' },
    delinquent: true,
  })
})

test('our marks are not among the metadata', () => {
  expect(customerView(anAgreed({ 'metadata.plan': 'pro' })).metadata).toEqual({ plan: 'pro' })
})

describe('where the sync stands', () => {
  const duplicate = {
    id: 'duplicate:cus_2',
    k: 'stripe_customer_id',
    lost: 'cus_2',
    won: 'cus_1',
    winner: 'ours' as const,
    by: 'duplicate' as const,
    at,
  }
  const state = (doc: CustomerDocument, flow: Flow = 'flows') => syncState(doc, flow)

  test('synced where both sides agree, held fields aside', () => {
    expect(state(anAgreed({ name: 'Ada' }))).toBe('synced')
    expect(state(wishing(anAgreed(), { name: 'x'.repeat(300) }))).toBe('synced')
    expect(state(anAgreed(), 'paused')).toBe('synced')
  })

  test('pending where work is left, paused where the tenant stands still', () => {
    for (const doc of [
      aDocument(),
      anAgreed({}, { wanted: 1 }),
      anAgreed({}, { intent: anIntent('update') }),
    ]) {
      expect(state(doc)).toBe('pending')
      expect(state(doc, 'paused')).toBe('paused')
      expect(state(doc, 'observing')).toBe('observing')
    }
  })

  test('parked before anything else; conflict where a person must decide', () => {
    expect(state(anAgreed({}, { parked: { code: 'x', at } }), 'paused')).toBe('parked')
    expect(state(anAgreed({}, { conflicts: [duplicate] }))).toBe('conflict')
    expect(state(anAgreed({}, { conflicts: [{ ...duplicate, by: 'merge' }] }))).toBe('synced')
  })

  test('names held fields in the API’s words, with the reason, and what is not mirrored', () => {
    const long = 'x'.repeat(5001)
    const refused = { k: 'email', v: 'bad', code: 'email_invalid', param: 'email', at }
    const doc = wishing(anAgreed({}, { refused: [refused] }), { 'address.city': long, email: 'bad' })
    expect(customerView(doc).sync).toMatchObject({
      state: 'synced',
      held: [
        { field: 'billing_address.city', reason: 'too_long' },
        { field: 'email', reason: 'email_invalid' },
      ],
      not_mirrored: ['billing_address.city'],
    })
  })

  test('says what a create in doubt waits for', () => {
    expect(
      customerView(aDocument({ intent: anIntent('create', { doubt_since: at }) })).sync.waiting_for,
    ).toBe('create_lookup')
    expect(customerView(aDocument({ intent: anIntent('create') })).sync.waiting_for).toBeNull()
  })
})
