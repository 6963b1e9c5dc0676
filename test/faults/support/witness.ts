// Owns how a test uses callers and judgement: it lets insistent callers write, and in the end has all of it accounted for.

import { expect } from 'vitest'
import { chanceOf } from '../../support/chance.ts'
import { apiKeyId } from '../../support/members.ts'
import type { Stack } from '../../support/stack.ts'
import { until } from '../../support/until.ts'
import { openJudge } from './judge.ts'
import { type Load, openLoad } from './load.ts'

export interface Witness extends Pick<Load, 'create' | 'update' | 'pairs' | 'callers'> {
  /** Resolves when every write so far is applied, wherever Stripe stands; fails where one is not. */
  applied(): Promise<void>
  /** Resolves when all that was done since the last time is accounted for and both sides are equal; fails saying what is not. */
  sound(): Promise<void>
}

/** A witness of this stack; what it writes begins with `name`. Its sockets end with the test's process. */
export function openWitness(stack: Stack, name: string): Witness {
  const subject = {
    store: stack.store,
    apiKey: stack.apiKey,
    callersUrls: stack.gateways.map(({ url }) => url),
    stripe: { url: stack.sandbox.url },
    deaths: () => 0,
  }
  const load = openLoad(subject, { name, chance: chanceOf(1) })
  const judge = openJudge(subject)
  return {
    ...load,
    async applied() {
      for (const { key } of load.callers.ledger.writes) {
        const operation = await until(`${key} is settled`, async () => {
          const found = await stack.store.findByIdempotencyKey('default', apiKeyId, key)
          return found?.status === 'accepted' ? null : found
        })
        expect(operation, key).toMatchObject({ status: 'applied' })
      }
    },
    async sound() {
      await withoutLimits(stack, async () => {
        expect((await judge.round(load.callers)).findings).toEqual([])
      })
    },
  }
}

/** The judge's own calls take no slots of the budget. */
async function withoutLimits(stack: Stack, work: () => Promise<void>): Promise<void> {
  const { limits } = stack.sandbox.settings
  stack.sandbox.set({ limits: 'off' })
  try {
    await work()
  } finally {
    stack.sandbox.set({ limits })
  }
}
