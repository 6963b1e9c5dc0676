// The process dies before and after each single port call of an account's first sync. Another process goes on: whoever can be
// linked is linked, nobody is made at Stripe who is there already, and what could be several stays for a person (G1, G2).

import { type CustomerDocument, newCustomer } from '@lockstep/domain/customer/document'
import { sealed } from '@lockstep/domain/customer/seal'
import { askForPass } from '@lockstep/worker/reconcile/request'
import { expect, test } from 'vitest'
import { tenantId, type World } from '../support/world.ts'
import { passThatDiesEverywhere } from './support/dying-pass.ts'
import { lastPass, livingAtStripe } from './support/passes.ts'

/** Some hundred passes, each a few milliseconds on a machine of its own (ms). */
const allMs = 300_000

/** A customer of ours that was never at Stripe, as an import leaves it. */
async function ours(world: World, email: string): Promise<string> {
  const { clock, random } = world.ports
  const id = random.uuid()
  const doc: CustomerDocument = {
    ...newCustomer({ id, tenantId, key: `${email}/${id}`, at: clock.now(), touchedByApi: true }),
    desired: [{ k: 'email', v: email }],
  }
  await world.store.insertCustomer(sealed(doc, clock.now()))
  return id
}

async function theirs(world: World, email: string, lockstepId?: string): Promise<string> {
  const mark = lockstepId === undefined ? {} : { 'metadata[lockstep_id]': lockstepId }
  return String((await world.dashboard('POST', '/v1/customers', { email, ...mark }))['id'])
}

/** One of each that a first sync may meet. */
async function planted(world: World): Promise<() => Promise<void>> {
  const byEmail = await ours(world, 'a@x.test')
  const several = [await ours(world, 'b@x.test'), await ours(world, 'B@x.test')]
  const doubled = await ours(world, 'c@x.test')
  const lacking = await ours(world, 'd@x.test')
  const byMark = await ours(world, 'e@x.test')
  const there = {
    byEmail: await theirs(world, 'a@x.test'),
    several: await theirs(world, 'b@x.test'),
    doubles: [await theirs(world, 'c@x.test'), await theirs(world, 'c@x.test')],
    stranger: await theirs(world, 'f@x.test'),
    unknownMark: await theirs(world, 'g@x.test', '00000000-0000-7000-8000-00000000ffff'),
    byMark: await theirs(world, 'other@x.test', byMark),
  }
  return async () => {
    const { counts, ended_at } = await lastPass(world)
    expect(ended_at).not.toBeNull()
    // The one that a mark names was linked when its webhook came.
    expect(counts).toMatchObject({ extra: 2, held: 4, duplicated: 0, drifted: 0, deleted: 0, absent: 0 })
    expect((await world.customer(byEmail)).stripe_id).toBe(there.byEmail)
    expect((await world.customer(byMark)).stripe_id).toBe(there.byMark)
    expect((await world.customer(lacking)).stripe_id).toBeDefined()
    expect(await world.store.findByStripeId(tenantId, there.stranger)).not.toBeNull()
    const held = [there.several, ...there.doubles, there.unknownMark]
    for (const id of held) expect(await world.store.findByStripeId(tenantId, id)).toBeNull()
    for (const id of [...several, doubled])
      expect((await world.customer(id)).parked).toMatchObject({ code: 'email_ambiguous' })
    const record = await world.store.readReconciliation(tenantId)
    expect(record?.held.map(({ stripe }) => stripe).toSorted()).toEqual(held.toSorted())
    // Seven that were there, and the one that was lacking.
    expect(await livingAtStripe(world)).toHaveProperty('size', 8)
  }
}

test(
  'a process that dies at any port call of a first sync makes nobody twice, and links nobody by chance',
  async () => {
    const calls = await passThatDiesEverywhere({
      planted,
      ask: (ports) => askForPass(ports, tenantId, { reason: 'connect', expected: 7 }),
      // Webhooks tell of all of them, and the sweeper rings for ours: whoever is not proven waits for the list.
      meanwhile: async (world) => {
        await world.deliver()
        await world.pass(10_000)
        await world.work()
      },
    })
    expect(calls).toBeGreaterThan(60)
  },
  allMs,
)
