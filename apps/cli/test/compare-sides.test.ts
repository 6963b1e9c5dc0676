import type { Clock } from '@lockstep/domain/clock/clock'
import { type CustomerDocument, newCustomer } from '@lockstep/domain/customer/document'
import { memoryStore } from '@lockstep/domain/store/memory/memory-store'
import type { StripeAnswer } from '@lockstep/domain/stripe/stripe-http'
import { beforeEach, expect, it } from 'vitest'
import { compareSides } from '../src/verify/compare-sides.ts'
import { KeyRefused, openStripeSide, StripeUnreachable } from '../src/verify/stripe-side.ts'
import { createdOf, fakeStripe, mirrored } from './fake-stripe.ts'

const tenantId = 'default'
const hurried: Clock = { now: () => 0, sleep: async () => {} }
let store = memoryStore()
let stripe = fakeStripe()
let made = 0

beforeEach(() => {
  store = memoryStore()
  stripe = fakeStripe()
})

function compared() {
  return compareSides({ store, stripe: openStripeSide({ http: stripe, clock: hurried }), tenantId })
}

/** A customer that is in step with its Stripe customer, both kept. */
async function inStep(fields: Partial<CustomerDocument> = {}): Promise<CustomerDocument> {
  made++
  const id = `00000000-0000-7000-8000-${String(made).padStart(12, '0')}`
  const doc: CustomerDocument = {
    ...newCustomer({ id, tenantId, key: `k${made}`, at: 0, touchedByApi: true }),
    stripe_id: `cus_${made}`,
    stripe: { balance: 0, currency: null, delinquent: false, created: createdOf(`cus_${made}`) },
    desired: [
      { k: 'name', v: 'Ada' },
      { k: 'metadata.plan', v: 'pro' },
    ],
    ...fields,
  }
  await store.insertCustomer(doc)
  if (doc.stripe_id !== undefined) stripe.living.set(doc.stripe_id, mirrored(doc, doc.stripe_id))
  return doc
}

function atStripe(doc: CustomerDocument) {
  const found = stripe.living.get(doc.stripe_id ?? '')
  if (!found) throw new Error('the test has no such customer at Stripe')
  return found
}

it('agrees when every field of every customer is the same on both sides', async () => {
  for (let count = 0; count < 5; count++) await inStep()
  expect(await compared()).toMatchObject({ agreed: true, ours: 5, atStripe: 5, differences: [] })
})

it('finds a field that differs and shows both values under the API’s name', async () => {
  const doc = await inStep({ desired: [{ k: 'address.city', v: 'Paris' }] })
  atStripe(doc).address = { city: 'Lyon' }
  atStripe(doc).metadata['vip'] = 'yes'
  expect((await compared()).differences).toEqual([
    {
      kind: 'drifted',
      customer: doc._id,
      key: doc.key,
      stripe: doc.stripe_id,
      fields: [
        { field: 'billing_address.city', ours: 'Paris', stripe: 'Lyon' },
        { field: 'metadata.vip', ours: null, stripe: 'yes' },
      ],
    },
  ])
})

it('counts null, an empty text and blanks around a text as no difference', async () => {
  const doc = await inStep({ desired: [{ k: 'name', v: ' Ada ' }] })
  Object.assign(atStripe(doc), { name: 'Ada', email: '' })
  expect(await compared()).toMatchObject({ agreed: true })
})

it('takes a field that Stripe refused for held, not for drift, until its value changes', async () => {
  const refused = [{ k: 'email', v: 'x@', code: 'email_invalid', param: 'email', at: 0 }]
  const held = await inStep({ desired: [{ k: 'email', v: 'x@' }], refused })
  const changed = await inStep({ desired: [{ k: 'email', v: 'y@' }], refused })
  for (const doc of [held, changed]) atStripe(doc).email = null
  const comparison = await compared()
  expect(comparison.heldFields).toBe(1)
  expect(comparison.differences).toMatchObject([{ kind: 'drifted', customer: changed._id }])
})

it('finds a customer that should have a Stripe customer and has none; an archived one needs none', async () => {
  const { stripe_id: _, ...unlinked } = newCustomer({
    id: 'a',
    tenantId,
    key: 'a',
    at: 0,
    touchedByApi: true,
  })
  await store.insertCustomer(unlinked)
  await store.insertCustomer({ ...unlinked, _id: 'b', key: 'b', state: 'archived' })
  expect((await compared()).differences).toEqual([{ kind: 'missing', customer: 'a', key: 'a', stripe: null }])
})

it('tells a Stripe customer that was deleted from one that never was', async () => {
  const [deleted, absent] = [await inStep(), await inStep()]
  for (const doc of [deleted, absent]) stripe.living.delete(doc.stripe_id ?? '')
  stripe.deleted.add(deleted.stripe_id ?? '')
  const { differences } = await compared()
  expect(differences.map(({ kind }) => kind)).toEqual(['deleted', 'missing'])
})

it('finds a customer that is gone there, though nobody here knows when it was made', async () => {
  const legacy = { stripe: { balance: 0, currency: null, delinquent: false } }
  const [kept, gone] = [await inStep(legacy), await inStep(legacy)]
  const calls = stripe.calls.length
  expect(await compared()).toMatchObject({ agreed: true })
  // As long as the list has as many, none of them is asked for.
  expect(stripe.calls.slice(calls).filter((call) => call.includes('/v1/customers/'))).toEqual([])
  stripe.living.delete(gone.stripe_id ?? '')
  stripe.deleted.add(gone.stripe_id ?? '')
  expect((await compared()).differences).toMatchObject([{ kind: 'deleted', customer: gone._id }])
  expect(kept.stripe_id).toBeDefined()
})

it('finds a Stripe customer that nobody here is linked to', async () => {
  await inStep()
  stripe.living.set('cus_x', { id: 'cus_x', metadata: {} })
  expect((await compared()).differences).toEqual([{ kind: 'extra', stripe: 'cus_x', customer: null }])
})

it('finds two living Stripe customers of one of ours, once', async () => {
  const doc = await inStep()
  stripe.living.set('cus_twin', mirrored(doc, 'cus_twin'))
  expect((await compared()).differences).toEqual([
    { kind: 'duplicated', customer: doc._id, stripe: [doc.stripe_id, 'cus_twin'] },
  ])
})

it('does not count a change that both sides saw while the lists were read', async () => {
  const doc = await inStep()
  atStripe(doc).name = 'Grace'
  const before = store
  store = {
    ...before,
    async findByStripeIds(...query) {
      const page = await before.findByStripeIds(...query)
      const desired = [...doc.desired.slice(1), { k: 'name', v: 'Grace' }]
      for (const now of page) await before.replaceCustomer({ ...now, desired })
      return page
    },
  }
  expect(await compared()).toMatchObject({ agreed: true })
})

it('another tenant’s customers are not compared', async () => {
  await inStep()
  await store.insertCustomer(newCustomer({ id: 'z', tenantId: 'other', key: 'z', at: 0, touchedByApi: true }))
  expect(await compared()).toMatchObject({ agreed: true, ours: 1 })
})

const busy: StripeAnswer = { kind: 'busy', status: 429, reason: 'global-rate', requestId: null }

it('asks a busy Stripe again and gives up on one that stays away', async () => {
  await inStep()
  stripe.trouble = [busy, { kind: 'silence' }]
  expect(await compared()).toMatchObject({ agreed: true })
  stripe.trouble = Array.from({ length: 50 }, () => busy)
  await expect(compared()).rejects.toThrow(StripeUnreachable)
})

it('says that the key is refused instead of finding everybody missing', async () => {
  await inStep()
  stripe.trouble = [{ kind: 'refused', status: 401, code: 'status_401', param: null, requestId: null }]
  await expect(compared()).rejects.toThrow(KeyRefused)
})
