// Owns what may happen to a stack under load: deaths, amnesia, outages and upgrades, each under the name of what it is.
// Promises: when a trouble is over, everything runs again and every wire passes; what it left behind is the stack's own
// affair.

import type { Member } from '../../support/members.ts'
import type { Wire, WireRule } from '../../support/tcp-proxy.ts'
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

interface BadWire {
  how: string
  strike: (wires: readonly Wire[], lasting: () => Promise<void>) => Promise<void>
}

/** A wire goes bad, in each way in which it can; whoever is at its ends lives on. */
const badWires: readonly BadWire[] = [
  {
    how: 'cut off',
    strike: async (wires, lasting) => {
      await all(wires, { kind: 'refuse' })
      for (const wire of wires) wire.cut()
      await lasting()
      await all(wires, { kind: 'pass' })
    },
  },
  {
    how: 'cut again and again',
    strike: async (wires, lasting) => {
      const over = lasting().then(() => true)
      while (!(await Promise.race([over, soon()]))) for (const wire of wires) wire.cut()
    },
  },
  {
    how: 'half-closed',
    strike: async (wires, lasting) => {
      for (const wire of wires) wire.halfClose('target')
      await lasting()
      for (const wire of wires) wire.halfClose('caller')
    },
  },
  {
    how: 'a black hole',
    strike: async (wires, lasting) => {
      await all(wires, { kind: 'black_hole' })
      await lasting()
      await all(wires, { kind: 'pass' })
    },
  },
  {
    how: 'slow',
    strike: async (wires, lasting) => {
      await all(wires, { kind: 'pass', delayMs: slowMs })
      await lasting()
      await all(wires, { kind: 'pass' })
    },
  },
]

interface FarEnd {
  who: string
  wires: (stack: FaultStack) => readonly Wire[]
}

/** Who is at the far end of which wires. */
const farEnds: readonly FarEnd[] = [
  { who: 'Redis', wires: ({ wires }) => [wires.redis] },
  { who: 'MongoDB', wires: ({ wires }) => [wires.mongo] },
  { who: 'Stripe', wires: ({ wires }) => [wires.stripe] },
  { who: 'every gateway', wires: ({ wires }) => wires.gateways },
  {
    who: 'everybody',
    wires: ({ wires }) => [wires.redis, wires.mongo, wires.stripe, ...wires.gateways],
  },
]

/** Every wire, in every way. */
export const wireTroubles: readonly Trouble[] = farEnds.flatMap(({ who, wires }) =>
  badWires.map(({ how, strike }) => ({
    name: `${who} is ${how}`,
    strike: (stack: FaultStack, lasting: () => Promise<void>) => strike(wires(stack), lasting),
  })),
)

/** What everybody depends on is away, or answers that it is broken. */
export const outages: readonly Trouble[] = [
  ...wireTroubles,
  {
    name: 'MongoDB is restarted',
    strike: async ({ mongo }, lasting) => {
      await mongo.restart()
      await lasting()
    },
  },
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
]

/** Both at once. */
export function together(one: Trouble, other: Trouble): Trouble {
  return {
    name: `${one.name}, while ${other.name}`,
    strike: async (stack, lasting) => {
      await Promise.all([one.strike(stack, lasting), other.strike(stack, lasting)])
    },
  }
}

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

function all(wires: readonly Wire[], rule: WireRule): Promise<unknown> {
  return Promise.all(wires.map((wire) => wire.set(rule)))
}

function soon(): Promise<false> {
  return new Promise((done) => setTimeout(() => done(false), cutEveryMs))
}
