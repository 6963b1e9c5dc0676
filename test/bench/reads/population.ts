// Owns the many customers that are read and listed, and how some of them are remembered.

import { populating } from '../../support/population.ts'
import type { BenchContext } from '../benchmark.ts'
import { type BenchStack, startBenchStack } from '../stack/bench-stack.ts'
import { inventedStripe } from '../stack/invented-stripe.ts'
import { postgresOf, rowsOf } from '../stack/stand-in-postgres.ts'

/** One of the many, by all that it is asked for by. */
export interface Known {
  id: string
  key: string
  email: string
}

/** So many are asked for, evenly from the oldest to the newest: no cache of the database holds only those. */
const rememberedMax = 20_000
/** How often it is said how far it is. */
const tellEach = 100_000

/** A stack without workers, with as many customers as were asked for; answers some of them. */
export async function manyCustomers(context: BenchContext): Promise<{ stack: BenchStack; known: Known[] }> {
  const stack = await startBenchStack(context, { workers: 0 })
  const { customers } = context
  context.tell(`${customers} customers`)
  const each = Math.ceil(customers / rememberedMax)
  const known: Known[] = []
  let made = 0
  const places = { mongoUrl: stack.mongoUrl, stripe: inventedStripe(), tenantId: 'default' }
  for await (const batch of populating(places, customers)) {
    for (const { _id: id, key, email_lower: email } of batch)
      if (made++ % each === 0) known.push({ id, key, email: email ?? '' })
    if (made % tellEach === 0) context.tell(`${made} of them`)
  }
  const postgres = await postgresOf(stack)
  // What it would do by itself some minutes after, beside what is measured: a planner that knows nothing may be the luckier one.
  if (postgres !== null) await rowsOf(postgres, 'vacuum analyze')
  return { stack, known }
}

/** Any of them, another one each time, in no order that a disk could follow. */
export function anyOf(known: readonly Known[], number: number): Known {
  // A step that has no factor in common with the count visits all of them.
  const one = known[(number * 7_919) % known.length]
  if (!one) throw new Error('bug: nobody to read')
  return one
}
