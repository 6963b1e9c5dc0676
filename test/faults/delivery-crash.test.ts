// Deliveries to a webhook endpoint: whichever call its worker dies at, and whatever the receiver refuses, no event is skipped.

import { deliverToEndpoint } from '@lockstep/worker/deliveries/deliver-endpoint'
import type { Sent } from '@lockstep/worker/deliveries/send'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { anEndpoint, aLoggedEvent } from '../../packages/domain/test/store/records.ts'
import { Crash, openWorld, tenantId, type World } from '../support/world.ts'

const events = 40
/** Past every pause between two tries (ms). */
const longMs = 48 * 60 * 60 * 1000

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

/** A receiver that refuses every third event it is shown for the first time. */
function receiver() {
  const taken = new Map<string, number>()
  const seen = new Set<string>()
  const send = async ({ body }: { body: string }): Promise<Sent> => {
    const { id } = JSON.parse(body) as { id: string }
    const isNew = !seen.has(id)
    seen.add(id)
    if (isNew && seen.size % 3 === 0) return { ok: false, status: 500, error: 'status' }
    taken.set(id, (taken.get(id) ?? 0) + 1)
    return { ok: true, status: 200, error: null }
  }
  return { taken, send }
}

test.each(['before', 'after'] as const)(
  'a worker that dies %s any call leaves no event undelivered',
  async (when) => {
    const endpoint = anEndpoint(tenantId, { types: [], secrets: [] })
    await world.store.insertEndpoint(endpoint)
    const all = Array.from({ length: events }, (_, index) => aLoggedEvent(tenantId, index + 1))
    const { taken, send } = receiver()
    const deliver = () =>
      deliverToEndpoint(
        { ...world.ports, sender: { send, close: () => undefined }, openSecret: (sealed) => sealed },
        { tenantId, endpointId: endpoint._id },
      )
    let crashes = 0
    for (const [index, event] of all.entries()) {
      await world.store.appendEvents([event])
      // It dies one call later each time, over and over: a turn has fewer calls than this.
      const at = (index % 20) + 1
      world.restart(({ number, moment }) => number === at && moment === when)
      await deliver().catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error
        crashes++
      })
      await world.sandbox.clock.advance(longMs)
    }
    expect(crashes).toBeGreaterThan(events / 4)
    world.restart()
    for (let turn = 0; turn < 5; turn++) {
      await deliver()
      await world.sandbox.clock.advance(longMs)
    }
    expect([...taken.keys()].toSorted()).toEqual(all.map(({ _id }) => _id).toSorted())
    expect((await world.store.readEndpoint(tenantId, endpoint._id))?.cursor).toBe(events)
  },
)
