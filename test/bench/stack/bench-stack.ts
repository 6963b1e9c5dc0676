// Owns the stack that is measured: every part a process of its own on this machine, as shipped, its logs included.

import { openStripe } from '@lockstep/domain/stripe/stripe-client'
import { type FaultStack, startFaultStack } from '../../faults/support/fault-stack.ts'
import { stripeKey, workerAsShipped } from '../../support/members.ts'
import { populate } from '../../support/population.ts'
import { until } from '../../support/until.ts'
import type { BenchContext } from '../benchmark.ts'

export type BenchStack = FaultStack

/** Every line is written that production writes. */
const logged = { LOG_LEVEL: 'info' }
/** A sandbox account's limits and its answers' time, as documented: what is measured is what people get. */
const documentedStripe = { latency: '60-120', limits: 'sandbox' } as const

/**
 * Starts one gateway and one worker unless the options say otherwise; closed when the benchmark is over. `wired`: what they share
 * can be put further away.
 */
export async function startBenchStack(
  context: BenchContext,
  options: { gateways?: number; workers?: number; wired?: boolean } = {},
): Promise<BenchStack> {
  context.tell('starting the stack')
  const starting = startFaultStack({
    gateways: options.gateways ?? 1,
    workers: options.workers ?? 1,
    wired: options.wired ?? false,
    stripe: documentedStripe,
    gatewayEnv: logged,
    workerEnv: { ...logged, ...workerAsShipped },
  })
  // One that is told to end while it starts is ended when it has started.
  context.closing(async () => (await starting.catch(() => null))?.close())
  const stack = await starting
  context.remark(`MongoDB: ${stack.mongo.provider}; Redis: ${stack.redis.provider}`)
  return stack
}

/** The first gateway's address, by no wire: what may be far is what stands behind it. */
export function gatewayOf({ gateways: [gateway] }: BenchStack): string {
  if (!gateway) throw new Error('bug: a stack without a gateway')
  return gateway.url
}

/** Ends the workers, or starts them again. */
export async function workers({ workers: all }: BenchStack, state: 'ended' | 'started'): Promise<void> {
  await Promise.all(all.map((each) => (state === 'ended' ? each.kill('SIGTERM') : each.start())))
}

/** Lets so many of these processes run, the first ones, and ends the others. */
export async function running(members: BenchStack['workers'], count: number): Promise<void> {
  const wrong = (alive: boolean) =>
    members.filter((each, at) => each.alive() === alive && at < count !== alive)
  await Promise.all([
    ...wrong(true).map((each) => each.kill('SIGTERM')),
    ...wrong(false).map((each) => each.start()),
  ])
}

/**
 * Customers on both sides, whatever Stripe's limits are meanwhile; answers both ids of each. Nobody is told of them: start the
 * workers afterwards.
 */
export async function customersOnBothSides(
  { mongoUrl, doors, stripe }: BenchStack,
  count: number,
): Promise<{ id: string; stripeId: string }[]> {
  await doors.set({ limits: 'off', latency: 0 })
  const untold = await doors.fault({ event_type: '*', action: { kind: 'drop', retry: false } })
  const client = openStripe({ secretKey: stripeKey, apiBase: stripe.url })
  const docs = await populate({ mongoUrl, stripe: client, tenantId: 'default' }, count)
  client.close()
  await untold.end()
  await doors.set({ limits: documentedStripe.limits, latency: [60, 120] })
  return docs.map(({ _id: id, stripe_id: stripeId = '' }) => ({ id, stripeId }))
}

/** What is not done by then is not being done (ms). */
const patienceMs = 900_000
/** Looked at so often: more would be a load of its own (ms). */
const lookMs = 200

/** Resolves when every Stripe event is noted in its customer: what is measured next has the machine for itself. */
export async function eventsNoted({ store }: BenchStack): Promise<void> {
  const noted = async () => (await store.backlog()).waitingStripeEvents === 0
  await until('all events are noted', noted, { patienceMs, betweenMs: lookMs })
}
