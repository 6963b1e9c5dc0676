// Whose a stranger at Stripe is, as far as our side knows.

import { describe, expect, test } from 'vitest'
import { planStranger } from '../../src/reconciliation/stranger.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { parseStripeCustomer, type StripeCustomer } from '../../src/stripe/customer-object.ts'
import { aCustomer } from '../store/records.ts'

const tenantId = 't'

function listed(fields: Partial<StripeCustomer>): StripeCustomer {
  const seen = parseStripeCustomer({ id: 'cus_1', livemode: false, created: 1, metadata: {}, ...fields })
  if (seen.kind !== 'living') throw new Error('it lives')
  return seen.customer
}

async function plan(
  fields: Partial<StripeCustomer>,
  {
    ours = [],
    linkByEmail = true,
    claimed = null,
  }: {
    ours?: { email: string; stripe_id?: string }[]
    linkByEmail?: boolean
    claimed?: ReturnType<typeof aCustomer> | null
  } = {},
) {
  const store = memoryStore()
  const docs = ours.map(({ email, ...rest }) => aCustomer(tenantId, { email_lower: email, ...rest }))
  for (const doc of docs) await store.insertCustomer(doc)
  const result = await planStranger(store, { tenantId, linkByEmail }, { listed: listed(fields), claimed })
  return { result, ids: docs.map(({ _id }) => _id) }
}

describe('a stranger', () => {
  test('that nothing here is like becomes a customer', async () => {
    expect((await plan({ email: 'a@x' }, { ours: [{ email: 'b@x' }] })).result).toEqual({ kind: 'adopt' })
    expect((await plan({})).result).toEqual({ kind: 'adopt' })
  })

  test('with the e-mail of exactly one that has none is that one, in any case', async () => {
    const { result, ids } = await plan(
      { email: 'A@x' },
      { ours: [{ email: 'a@x' }, { email: 'a@x', stripe_id: 'cus_2' }] },
    )
    expect(result).toEqual({ kind: 'link', customer: ids[0], by: 'email' })
  })

  test('with the e-mail of several is held, and they are named', async () => {
    const { result, ids } = await plan({ email: 'a@x' }, { ours: [{ email: 'a@x' }, { email: 'a@x' }] })
    expect(result).toEqual({ kind: 'held', why: 'email_of_several_here', customers: ids.toSorted() })
  })

  test('is linked by no e-mail where the tenant does not want that', async () => {
    expect((await plan({ email: 'a@x' }, { ours: [{ email: 'a@x' }], linkByEmail: false })).result).toEqual({
      kind: 'adopt',
    })
  })

  test('that carries our mark is whose mark it is, whatever its e-mail says', async () => {
    const claimed = aCustomer(tenantId)
    const marked = { email: 'a@x', metadata: { lockstep_id: claimed._id } }
    expect((await plan(marked, { ours: [{ email: 'a@x' }], claimed })).result).toEqual({
      kind: 'link',
      customer: claimed._id,
      by: 'mark',
    })
    const linked = { ...claimed, stripe_id: 'cus_9' }
    expect((await plan(marked, { claimed: linked })).result).toEqual({
      kind: 'duplicated',
      customer: claimed._id,
    })
  })

  test('that carries the mark of nobody here is held, whatever its e-mail says', async () => {
    const foreign = { email: 'a@x', metadata: { lockstep_id: 'somebody' } }
    expect((await plan(foreign, { ours: [{ email: 'a@x' }] })).result).toEqual({
      kind: 'held',
      why: 'claims_unknown',
      customers: [],
    })
  })
})
