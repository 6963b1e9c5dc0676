// A slot is worth money: Stripe lets so many calls through in a second, and one that is held longer than its call is one less.

import { systemClock } from '@lockstep/domain/clock/clock'
import { memoryStore } from '@lockstep/domain/store/memory/memory-store'
import { newTenant } from '@lockstep/domain/store/tenant'
import { stripeCalls } from '@lockstep/domain/stripe/stripe-http'
import { expect, test } from 'vitest'
import { openTenantGate } from '../src/tenant-gate.ts'

async function slots() {
  const store = memoryStore()
  await store.insertTenant({
    ...newTenant({ id: 'default', livemode: false, linkByEmail: true, at: 0 }),
    account: 'acct_1',
  })
  const released: boolean[] = []
  const gate = openTenantGate({
    store,
    clock: systemClock,
    brake: { share: 1, least: 1 },
    log: () => undefined,
    stripeFor: () => ({
      http: { call: async () => ({ kind: 'ok', body: { id: 'acct_1' }, replayed: false, requestId: null }) },
      livemode: false,
      account: null,
      budgetFor: () => ({
        take: async () => ({
          waited: false,
          isUsable: () => true,
          release: async (used) => void released.push(used),
        }),
      }),
    }),
  })
  const passage = await gate.outbound('default')
  if (passage.kind !== 'open') throw new Error('the way is closed')
  released.length = 0
  return { stripe: passage.stripe, released }
}

test('a slot’s second runs from the answer on, not from what the lane writes down of it', async () => {
  const { stripe, released } = await slots()
  const seen = await stripe.withSlot('GET /v1/account', async (call) => {
    await call(stripeCalls.getAccount())
    return [...released]
  })
  expect(seen).toEqual([true])
  expect(released).toEqual([true])
})

test('a slot without a call is given back unused, also where the work fails', async () => {
  const { stripe, released } = await slots()
  await stripe.withSlot('GET /v1/account', async () => null)
  const failing = stripe.withSlot('GET /v1/account', async () => {
    throw new Error('no database')
  })
  await expect(failing).rejects.toThrow('no database')
  expect(released).toEqual([false, false])
})
