// Owns the webhooks of a load: events as Stripe sends them, of 1 KB, each with an id of its own and signed.

import { createHmac, randomBytes } from 'node:crypto'
import { untilRaceWon } from '@lockstep/domain/store/mongo/writes'
import { webhookSecret } from '../../support/members.ts'
import type { ProvenLoad } from '../load/proven.ts'
import type { LoadRequest } from '../load/send.ts'
import { proveStoredOnce, withCollections } from '../stack/stored-once.ts'

/** An ordinary event of a customer that was updated is about as long (bytes). */
const eventBytes = 1_024
const idMark = 'evt_'
const customerMark = 'cus_'

/** Events about these Stripe customers in turn, looked for in this database. */
export function webhookLoad(mongoUrl: string, stripeIds: readonly string[]): ProvenLoad {
  const prefix = `${idMark}${randomBytes(4).toString('hex')}`
  const request = webhooks(prefix, stripeIds)
  const acknowledged = new Map<string, string>()
  // Digits follow the prefix, and `~` is behind them all.
  const mine = { _id: { $gte: `default/${prefix}`, $lt: `default/${prefix}~` } }
  return {
    request,
    answered(number) {
      acknowledged.set(`${prefix}${number}`, `default/${prefix}${number}`)
    },
    prove: () =>
      proveStoredOnce(mongoUrl, acknowledged, async function* ({ stripe_events }) {
        const found = stripe_events.find(mine, { projection: { event_id: 1 } })
        for await (const { _id: id, event_id: name } of found) yield { name, id }
      }),
    // A minute's events would keep a worker busy for many. It may be at one of them just now.
    forget: () =>
      withCollections(mongoUrl, async ({ stripe_events }) => {
        await untilRaceWon(() => stripe_events.deleteMany(mine))
      }),
  }
}

/** The delivery of each number: its event's id is the prefix and the number. */
export function webhooks(prefix: string, stripeIds: readonly string[]): (number: number) => LoadRequest {
  return webhooksOf(prefix, (number) => stripeIds[number % stripeIds.length] ?? '')
}

/** The same about whichever Stripe customer is named for the number. */
export function webhooksOf(
  prefix: string,
  stripeIdOf: (number: number) => string,
): (number: number) => LoadRequest {
  const [head, tail] = template()
  return (number) => {
    const body = `${head}${prefix}${number}${tail.replace(customerMark, stripeIdOf(number))}`
    const timestamp = Math.floor(Date.now() / 1_000)
    const signature = createHmac('sha256', webhookSecret).update(`${timestamp}.${body}`).digest('hex')
    return {
      method: 'POST',
      path: '/webhooks/stripe',
      headers: {
        'content-type': 'application/json',
        'stripe-signature': `t=${timestamp},v1=${signature}`,
      },
      body,
    }
  }
}

/** What stands before and behind an event's id. */
function template(): [head: string, tail: string] {
  const event = (description: string) => ({
    id: idMark,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: Math.floor(Date.now() / 1_000),
    livemode: false,
    pending_webhooks: 1,
    type: 'customer.updated',
    request: { id: 'req_1', idempotency_key: null },
    data: {
      object: {
        id: customerMark,
        object: 'customer',
        name: 'Ada Lovelace',
        email: 'ada@example.com',
        phone: '+441234567890',
        description,
        address: { line1: '12 St James’s Square', city: 'London', country: 'GB' },
        balance: 0,
        currency: null,
        delinquent: false,
        livemode: false,
        metadata: { plan: 'pro' },
      },
      previous_attributes: { name: 'A. Lovelace' },
    },
  })
  // Both ids are some twenty characters longer than their marks.
  const missing = eventBytes - Buffer.byteLength(JSON.stringify(event(''))) - 40
  const [head = '', ...rest] = JSON.stringify(event('x'.repeat(missing))).split(idMark)
  return [head, rest.join(idMark)]
}
