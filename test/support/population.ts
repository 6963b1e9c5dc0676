// Owns a population: many customers that stand on both sides and agree, put there without the months that it would take.
// Promises: each document is the one that the lanes would have left behind, made by their own decisions from Stripe's
// answers; no event was noted for it and none is waited for.

import { type CustomerDocument, type CustomerStatus, newCustomer } from '@lockstep/domain/customer/document'
import { sealed } from '@lockstep/domain/customer/seal'
import { bug } from '@lockstep/domain/error/catalogue'
import { collectionsOf, storedCustomer } from '@lockstep/domain/store/mongo/collections'
import { connect } from '@lockstep/domain/store/mongo/connect'
import { insertMany } from '@lockstep/domain/store/mongo/writes'
import { parseStripeCustomer } from '@lockstep/domain/stripe/customer-object'
import { stripeCalls, type StripeHttp } from '@lockstep/domain/stripe/stripe-http'
import { answered, opened } from '@lockstep/domain/sync/intent'
import { nextStep } from '@lockstep/domain/sync/plan'
import { v7 } from 'uuid'

export interface Populating {
  mongoUrl: string
  /** Answers the creates. null: nobody does; each customer stands here alone, and is due. */
  stripe: StripeHttp | null
  tenantId: string
}

/** Documents in one insert: some MB of memory, and few enough that a busy machine has it done in time. */
const batchMax = 500

/** Puts `count` customers where they belong; answers their documents, oldest first. */
export async function populate(where: Populating, count: number): Promise<CustomerDocument[]> {
  const docs: CustomerDocument[] = []
  for await (const batch of populating(where, count)) docs.push(...batch)
  return docs
}

/** The same without holding all of them: each batch that was written, oldest first. */
export async function* populating(where: Populating, count: number): AsyncGenerator<CustomerDocument[]> {
  const { connection, db } = await connect({ url: where.mongoUrl, poolSize: 1, timeoutMs: 60_000 })
  try {
    const { customers } = collectionsOf(db)
    for (let made = 0; made < count; ) {
      const batch: CustomerDocument[] = []
      while (batch.length < batchMax && made < count) batch.push(await born(where, made++))
      const written = await insertMany(customers, batch.map(storedCustomer))
      if (written.some(({ kind }) => kind !== 'ok'))
        throw bug('a customer of the population was there already')
      yield batch
    }
  } finally {
    await connection.close()
  }
}

/** Most are leads, one in ten is a customer, one in a hundred a prospect: a list of one status has few, some or nearly all. */
function statusOf(n: number): CustomerStatus {
  if (n % 100 === 1) return 'prospect'
  return n % 10 === 0 ? 'customer' : 'lead'
}

async function born({ stripe, tenantId }: Populating, n: number): Promise<CustomerDocument> {
  const moment = { now: Date.now(), uuid: v7 }
  const id = v7()
  const wish: CustomerDocument = {
    ...newCustomer({ id, tenantId, key: `customer-${n}-${id}`, at: moment.now, touchedByApi: true }),
    status: statusOf(n),
    desired: [
      { k: 'name', v: `Customer ${n}` },
      { k: 'email', v: `customer-${n}@example.com` },
      { k: 'address.city', v: 'Berlin' },
      { k: 'address.country', v: 'DE' },
      { k: 'metadata.plan', v: n % 3 === 0 ? 'pro' : 'basic' },
    ],
  }
  if (!stripe) return { ...sealed(wish, moment.now), rev: 1 }
  const step = nextStep(wish)
  if (step.kind !== 'create') throw bug('a new customer that wants nothing')
  const opening = opened(wish, step, moment.now)
  const { form = [], key = '' } = opening.intent ?? {}
  const answer = await stripe.call(stripeCalls.createCustomer(form, key))
  if (answer.kind !== 'ok') throw new Error(`Stripe refused a customer: ${answer.kind}`)
  const seen = parseStripeCustomer(answer.body)
  if (seen.kind !== 'living') throw bug('a new customer that is dead')
  const linked = answered(
    opening,
    { customer: seen.customer, replayed: false, policyFor: () => 'ours' },
    moment,
  )
  return { ...sealed({ ...linked, seen: linked.wanted, pushes: [], outbox: [] }, moment.now), rev: 1 }
}
