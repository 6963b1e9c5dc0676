// Owns the judgement over a schedule that has come to rest: which guarantee is broken, in words. It knows what was sent, what
// people did at Stripe, and what stands on both sides in the end; of how Lockstep works it uses only how values compare.

import type { SimulatedWorld } from '../simulated-world.ts'
import {
  apart,
  falseClaims,
  foreignValues,
  returnedFromThePurged,
  severalMade,
  strangers,
} from './agreement.ts'
import { destroyed, echoes, otherAccount, ratesOf } from './at-stripe.ts'
import { commandEffects, endedForGood, methodsInTurn } from './commands.ts'
import { log } from './log.ts'
import { repeatedLosses, silentLosses, unseenEdits } from './lost-values.ts'
import { disorder, unsettled } from './operations.ts'
import { type Side, sideOf } from './side.ts'

/** Every broken guarantee, one line each; empty: the schedule held. */
export async function judge(world: SimulatedWorld): Promise<string[]> {
  const perTenant: string[] = []
  for (const tenant of world.tenants) perTenant.push(...(await judgeTenant(await sideOf(world, tenant))))
  return [
    ...world.history.broken,
    ...world.caught.map((detail) => `G11: a step failed on our side: ${detail}`),
    ...perTenant,
    ...ratesOf(world),
  ]
}

async function judgeTenant(side: Side): Promise<string[]> {
  const living = side.documents.filter(({ tombstone }) => !tombstone)
  return [
    ...unsettled(side),
    ...disorder(side),
    ...severalMade(side),
    ...strangers(side, living),
    ...returnedFromThePurged(side, living),
    ...living.flatMap((doc) => apart(side, doc)),
    ...living
      .filter(({ parked }) => !parked)
      .flatMap((doc) => [...silentLosses(side, doc), ...unseenEdits(side, doc)]),
    ...echoes(side),
    ...foreignValues(side),
    ...destroyed(side),
    ...(await commandEffects(side)),
    ...(await methodsInTurn(side)),
    ...endedForGood(side),
    ...living.flatMap(falseClaims),
    ...repeatedLosses(side),
    ...(await log(side)),
    ...(await otherAccount(side)),
  ]
}
