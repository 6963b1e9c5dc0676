import { describe, expect, it } from 'vitest'
import { sendingSandbox } from './support/sending-sandbox.ts'

const { sandbox, receiver } = await sendingSandbox({ webhook_retry_seconds: [60, 600] })
const { stripe } = sandbox

const types = () => receiver.received.map(({ event }) => event.type)

describe('webhook faults', () => {
  const rule = (action: object, more: object = {}) =>
    sandbox.door('POST', '/faults', { on: 'webhook', times: 1, ...more, action })

  it('drop an event for good, or as a failed try', async () => {
    await rule({ kind: 'drop' })
    await stripe.customers.create({ name: 'lost' })
    await stripe.customers.create({ name: 'kept' })
    await sandbox.settled()
    await sandbox.clock.advance(86_400_000)
    expect(receiver.received.map(({ event }) => JSON.stringify(event.data.object).includes('kept'))).toEqual([
      true,
    ])
    receiver.clear()
    await rule({ kind: 'drop', retry: true })
    await stripe.customers.create({})
    await sandbox.settled()
    expect(receiver.received).toHaveLength(0)
    await sandbox.clock.advance(60_000)
    expect(receiver.received).toHaveLength(1)
  })

  it('duplicate and reorder deliveries', async () => {
    await rule({ kind: 'duplicate', count: 2 }, { event_type: 'customer.*' })
    await stripe.customers.create({})
    await sandbox.settled()
    expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(1)
    expect(receiver.received).toHaveLength(3)
    receiver.clear()
    await rule({ kind: 'reorder', behind: 1, ms: 60_000 }, { event_type: 'customer.created' })
    const { id } = await stripe.customers.create({})
    await stripe.customers.update(id, { name: 'later' })
    await sandbox.settled()
    expect(types()).toEqual(['customer.updated', 'customer.created'])
  })
})
