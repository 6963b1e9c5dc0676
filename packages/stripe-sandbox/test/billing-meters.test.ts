import { describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from './support/sandbox.ts'
import { shapedClient } from './support/shaped-client.ts'

const sandbox = await testSandbox({ frozen: true })
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })
const lastTypes = async (limit: number) => (await stripe.events.list({ limit })).data.map(({ type }) => type)
const minute = () => Math.floor(sandbox.clock.now() / 60_000) * 60

let names = 0
const newMeter = (formula: 'count' | 'last' | 'sum' = 'sum') =>
  stripe.billing.meters.create({
    display_name: 'Calls',
    event_name: `calls_${names++}`,
    default_aggregation: { formula },
  })
const report = (event_name: string, customer: string, value: number, more: object = {}) =>
  stripe.billing.meterEvents.create({
    event_name,
    payload: { stripe_customer_id: customer, value: String(value) },
    ...more,
  })

describe('a meter', () => {
  it('is made, renamed, deactivated and reactivated, each with its event', async () => {
    const meter = await newMeter()
    expect(meter).toMatchObject({
      status: 'active',
      customer_mapping: { event_payload_key: 'stripe_customer_id', type: 'by_id' },
      value_settings: { event_payload_key: 'value' },
    })
    await stripe.billing.meters.update(meter.id, { display_name: 'API calls' })
    const off = await stripe.billing.meters.deactivate(meter.id)
    expect(off).toMatchObject({
      status: 'inactive',
      status_transitions: { deactivated_at: expect.any(Number) },
    })
    expect((await stripe.billing.meters.list({ status: 'inactive' })).data.map(({ id }) => id)).toContain(
      meter.id,
    )
    await stripe.billing.meters.reactivate(meter.id)
    expect(await lastTypes(4)).toEqual([
      'billing.meter.reactivated',
      'billing.meter.deactivated',
      'billing.meter.updated',
      'billing.meter.created',
    ])
  })

  it('shares its event name with no other active one', async () => {
    const meter = await newMeter()
    const twin = () =>
      stripe.billing.meters.create({
        display_name: 'Twin',
        event_name: meter.event_name,
        default_aggregation: { formula: 'sum' },
      })
    expect(await failureOf(twin())).toMatchObject({ statusCode: 400, param: 'event_name' })
    await stripe.billing.meters.deactivate(meter.id)
    await twin()
    expect(await failureOf(stripe.billing.meters.reactivate(meter.id))).toMatchObject({ statusCode: 400 })
  })
})

describe('usage', () => {
  it.each([
    ['sum', 9],
    ['count', 3],
    ['last', 5],
  ] as const)('is aggregated by %s', async (formula, expected) => {
    const meter = await newMeter(formula)
    const { id } = await stripe.customers.create({})
    const other = await stripe.customers.create({})
    for (const value of [1, 3, 5]) {
      await report(meter.event_name, id, value)
      await sandbox.clock.advance(1000)
    }
    await report(meter.event_name, other.id, 100)
    const { data } = await stripe.billing.meters.listEventSummaries(meter.id, {
      customer: id,
      start_time: minute() - 3600,
      end_time: minute() + 3600,
    })
    expect(data.map(({ aggregated_value, meter: of }) => [aggregated_value, of])).toEqual([
      [expected, meter.id],
    ])
  })

  it('counts once for an identifier, and a cancelled event not at all', async () => {
    const meter = await newMeter()
    const { id } = await stripe.customers.create({})
    const used = async () =>
      (
        await stripe.billing.meters.listEventSummaries(meter.id, {
          customer: id,
          start_time: minute() - 3600,
          end_time: minute() + 3600,
        })
      ).data[0]?.aggregated_value
    await report(meter.event_name, id, 7, { identifier: 'one' })
    const twice = await failureOf(report(meter.event_name, id, 7, { identifier: 'one' }))
    expect([twice.statusCode, twice.code, twice.message]).toEqual([
      400,
      undefined,
      'An event already exists with identifier one.',
    ])
    expect(await used()).toBe(7)
    await report(meter.event_name, id, 2)
    expect(
      await stripe.billing.meterEventAdjustments.create({
        event_name: meter.event_name,
        type: 'cancel',
        cancel: { identifier: 'one' },
      }),
    ).toMatchObject({ status: 'pending', cancel: { identifier: 'one' } })
    expect(await used()).toBe(2)
  })

  it('frees an identifier after a day without losing what was counted under it', async () => {
    const meter = await newMeter()
    const { id } = await stripe.customers.create({})
    await report(meter.event_name, id, 1, { identifier: 'daily' })
    await sandbox.clock.advance(86_400_000)
    await report(meter.event_name, id, 1, { identifier: 'daily' })
    const { data } = await stripe.billing.meters.listEventSummaries(meter.id, {
      customer: id,
      start_time: minute() - 2 * 86_400,
      end_time: minute() + 60,
    })
    expect(data[0]?.aggregated_value).toBe(2)
  })

  it('is summed by hour or day, aligned, newest first, in pages', async () => {
    const meter = await newMeter()
    const { id } = await stripe.customers.create({})
    const today = Math.floor(sandbox.clock.now() / 86_400_000) * 86_400
    for (const hoursAgo of [1, 2, 26]) {
      await report(meter.event_name, id, hoursAgo, { timestamp: today - hoursAgo * 3600 })
    }
    const range = { customer: id, start_time: today - 3 * 86_400, end_time: today }
    const days = await stripe.billing.meters.listEventSummaries(meter.id, {
      ...range,
      value_grouping_window: 'day',
    })
    expect(days.data.map(({ aggregated_value }) => aggregated_value)).toEqual([3, 26])
    const hours = []
    for await (const one of stripe.billing.meters.listEventSummaries(meter.id, {
      ...range,
      value_grouping_window: 'hour',
      limit: 1,
    }))
      hours.push(one.aggregated_value)
    expect(hours).toEqual([1, 2, 26])
    const { statusCode, param } = await failureOf(
      stripe.billing.meters.listEventSummaries(meter.id, {
        ...range,
        end_time: today + 60,
        value_grouping_window: 'hour',
      }),
    )
    expect([statusCode, param]).toEqual([400, 'end_time'])
  })

  it('that cannot be counted is refused', async () => {
    const meter = await newMeter()
    const { id } = await stripe.customers.create({})
    const now = Math.floor(sandbox.clock.now() / 1000)
    for (const [event, param] of [
      [() => report('nobody_counts', id, 1), 'event_name'],
      [() => report(meter.event_name, 'cus_nope', 1), 'payload[stripe_customer_id]'],
      [() => report(meter.event_name, id, 1.5), 'payload[value]'],
      [() => report(meter.event_name, id, 1, { timestamp: now + 301 }), 'timestamp'],
      [() => report(meter.event_name, id, 1, { timestamp: now - 36 * 86_400 }), 'timestamp'],
    ] as const) {
      expect(await failureOf(event())).toMatchObject({ statusCode: 400, param })
    }
  })
})
