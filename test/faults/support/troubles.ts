// Owns what may happen to a stack under load: deaths, amnesia, outages and upgrades, each under the name of what it is.
// Promises: when a trouble is over, everything runs again and every wire passes; what it left behind is the stack's own
// affair.

import type { Member } from '../../support/members.ts'
import type { Wire } from '../../support/tcp-proxy.ts'
import type { FaultStack } from './fault-stack.ts'

export interface Trouble {
  name: string
  /** Resolves when it is over; `lasting` resolves when an outage has lasted long enough. */
  strike(stack: FaultStack, lasting: () => Promise<void>): Promise<void>
}

/** Every kind of process dies by kill -9. */
export const kills: readonly Trouble[] = [
  { name: 'a worker is killed', strike: (stack, lasting) => killed([nth(stack.workers, 0)], lasting) },
  { name: 'every worker is killed', strike: (stack, lasting) => killed(stack.workers, lasting) },
  { name: 'a gateway is killed', strike: (stack, lasting) => killed([nth(stack.gateways, 0)], lasting) },
  { name: 'every gateway is killed', strike: (stack, lasting) => killed(stack.gateways, lasting) },
  {
    name: 'Redis is killed',
    strike: async ({ redis }, lasting) => {
      await redis.kill()
      await lasting()
      await redis.restart()
    },
  },
  {
    name: 'MongoDB is killed',
    strike: async ({ mongo }, lasting) => {
      await mongo.kill()
      await lasting()
      await mongo.restart()
    },
  },
  { name: 'Stripe is killed', strike: (stack, lasting) => killed([stack.stripe], lasting) },
]

/** Redis forgets, or remembers what is long past. */
export const amnesia: readonly Trouble[] = [
  {
    name: 'Redis is flushed, twice',
    strike: async (stack, lasting) => {
      await stack.flushRedis()
      await lasting()
      await stack.flushRedis()
    },
  },
  {
    name: 'Redis comes back as it was',
    strike: async (stack, lasting) => {
      const copy = await stack.copyRedis()
      await lasting()
      await stack.redis.kill()
      await copy.putBack()
      await stack.redis.restart()
    },
  },
]

/** What everybody depends on is away, in each way in which it can be. */
export const outages: readonly Trouble[] = [
  { name: 'Redis refuses', strike: ({ wires }, lasting) => refusing(wires.redis, lasting) },
  { name: 'Redis is a black hole', strike: ({ wires }, lasting) => silent([wires.redis], lasting) },
  { name: 'MongoDB is cut off', strike: ({ wires }, lasting) => refusing(wires.mongo, lasting) },
  { name: 'MongoDB is a black hole', strike: ({ wires }, lasting) => silent([wires.mongo], lasting) },
  {
    name: 'MongoDB is restarted',
    strike: async ({ mongo }, lasting) => {
      await mongo.restart()
      await lasting()
    },
  },
  { name: 'Stripe is cut off', strike: ({ wires }, lasting) => refusing(wires.stripe, lasting) },
  { name: 'Stripe is a black hole', strike: ({ wires }, lasting) => silent([wires.stripe], lasting) },
  {
    name: 'Stripe answers 500, before and after the effect',
    strike: async ({ doors }, lasting) => {
      const rules = ['before', 'after'].map((when) => ({
        path_regex: '^/v1/customers',
        probability: 0.25,
        action: { kind: 'server_error', when },
      }))
      const faults = await Promise.all(rules.map((rule) => doors.fault(rule)))
      await lasting()
      await Promise.all(faults.map((fault) => fault.end()))
    },
  },
  {
    name: 'callers are cut off, again and again',
    strike: async ({ wires }, lasting) => {
      const over = lasting().then(() => true)
      while (!(await Promise.race([over, pass()]))) for (const wire of wires.gateways) wire.cut()
    },
  },
  {
    name: 'answers to callers end half-way',
    strike: async ({ wires }, lasting) => {
      for (const wire of wires.gateways) wire.halfClose('target')
      await lasting()
      for (const wire of wires.gateways) wire.halfClose('caller')
    },
  },
  {
    name: 'every wire is slow',
    strike: async ({ wires }, lasting) => {
      const all = [wires.mongo, wires.redis, wires.stripe, ...wires.gateways]
      await Promise.all(all.map((wire) => wire.set({ kind: 'pass', delayMs: slowMs })))
      await lasting()
      await Promise.all(all.map((wire) => wire.set({ kind: 'pass' })))
    },
  },
]

/** One gateway after the other, then one worker after the other, asked to end and started again. */
export const rollingRestart: Trouble = {
  name: 'a rolling restart',
  strike: async (stack) => {
    for (const member of [...stack.gateways, ...stack.workers]) {
      await member.kill('SIGTERM')
      await member.start()
    }
  },
}

/** Across a continent and back, at each hop (ms). */
const slowMs = 40
/** Between two cuts (ms): some requests get through, most are struck. */
const cutEveryMs = 150

function nth(members: readonly Member[], index: number): Member {
  const member = members[index]
  if (!member) throw new Error(`no process ${index}`)
  return member
}

async function killed(members: readonly Member[], lasting: () => Promise<void>): Promise<void> {
  await Promise.all(members.map((member) => member.kill()))
  await lasting()
  await Promise.all(members.map((member) => member.start()))
}

async function refusing(wire: Wire, lasting: () => Promise<void>): Promise<void> {
  await wire.set({ kind: 'refuse' })
  wire.cut()
  await lasting()
  await wire.set({ kind: 'pass' })
}

async function silent(wires: readonly Wire[], lasting: () => Promise<void>): Promise<void> {
  for (const wire of wires) await wire.set({ kind: 'black_hole' })
  await lasting()
  for (const wire of wires) await wire.set({ kind: 'pass' })
}

function pass(): Promise<false> {
  return new Promise((done) => setTimeout(() => done(false), cutEveryMs))
}
