import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isJsonObject, type JsonObject } from '../../src/json.ts'
import { openDirect, type DirectSandbox } from '../support/direct-sandbox.ts'
import { byId, everything, textOf } from '../support/everything.ts'
import { plain, untold } from '../support/laws.ts'
import { runs } from '../support/runs.ts'
import { openShop, sequences, type ShownEvent, type Taken } from '../support/shop/shop.ts'
import type { Call, Step } from '../support/shop/step.ts'
import { stock } from '../support/shop/stock.ts'

type Objects = ReadonlyMap<string, JsonObject>

it('each change of an object is told, with what it replaced, and nothing else is', async () => {
  await fc.assert(
    fc.asyncProperty(
      sequences(
        ['customers', 'neighbours', 'catalogue', 'subscriptions', 'invoices', 'meters', 'portal', 'time'],
        { max: 40 },
      ),
      async (sequence) => {
        const sandbox = openDirect()
        const shop = openShop(sandbox)
        const look = async () => byId(await everything(shop.get, ['/v1/events']))
        await stock(shop)
        let past = await look()
        for (const one of sequence) {
          const { events } = await shop.take(one)
          const present = await look()
          const told = Map.groupBy(events, ({ data }) => nameOf(data.object))
          changesAreTold(past, present, told)
          for (const [id, own] of told) oldStatesAreTold(past.get(id), own)
          past = present
        }
        sandbox.close()
      },
    ),
    runs(30),
  )
})

it('an update changes what it names, and sent again, even later, it changes and tells nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      sequences(['customers', 'neighbours', 'catalogue', 'subscriptions', 'invoices', 'meters', 'portal'], {
        max: 20,
      }),
      async (sequence) => {
        const sandbox = openDirect()
        const shop = openShop(sandbox)
        await stock(shop)
        for (const one of sequence) {
          const first = await shop.take(one)
          if (first.answer?.status !== 200 || !isUpdate(sandbox, first.call)) continue
          changesWhatItNames(first)
          await shop.take(aMinute)
          const again = await shop.take(first.step)
          expect(again.events.map(({ type }) => type)).toEqual([])
          expect(again.answer?.text).toBe(first.answer.text)
        }
        sandbox.close()
      },
    ),
    runs(40),
  )
})

const aMinute: Step = { name: 'time passes', seconds: 60, call: () => undefined }

/** A POST on the object that the path names; an item without an id is a new one each time. */
function isUpdate({ core }: DirectSandbox, [method, path, form]: Call = ['GET', '']): boolean {
  const template = core.router.match(method, path)?.route.path ?? ''
  const adds = JSON.stringify(form ?? {}).includes('"items":[{"price"')
  return method === 'POST' && template.endsWith('{id}') && !adds
}

/** What follows from a parameter by its nature. */
const companions: { readonly [parameter: string]: readonly string[] } = {
  auto_advance: ['automatically_finalizes_at'],
  balance: ['currency'],
  cancel_at_period_end: ['cancel_at', 'canceled_at', 'cancellation_details'],
}

function changesWhatItNames({ call, events }: Taken): void {
  const [, path = '', form] = call ?? []
  const named = Object.keys(form ?? {})
  const may = ['updated', ...named, ...named.flatMap((name) => companions[name] ?? [])]
  const own = events.filter((event) => path.endsWith(`/${nameOf(event.data.object)}`))
  expect(own.length, 'one event for one change').toBeLessThanOrEqual(1)
  for (const { data } of own)
    expect(may).toEqual(expect.arrayContaining(Object.keys(data.previous_attributes ?? {})))
}

/** Whatever differs from before is as the last event about it shows it. */
function changesAreTold(past: Objects, present: Objects, told: ReadonlyMap<string, ShownEvent[]>): void {
  for (const [id, now] of present) {
    if (untold.includes(textOf(now['object']))) continue
    const shown = plain(told.get(id)?.at(-1)?.data.object)
    if (!isDeepStrictEqual(plain(past.get(id)), plain(now)))
      expect(shown, `${id} changed`).toEqual(plain(now))
  }
}

/** Each update is one, and what it replaced is what the event before it, or the look before the step, showed. */
function oldStatesAreTold(past: JsonObject | undefined, own: readonly ShownEvent[]): void {
  let state = past
  for (const { id, type, data } of own) {
    const old = plain(before(data.object, data.previous_attributes ?? {}))
    if (type.endsWith('.updated')) expect(old, `${type} ${id}`).not.toEqual(plain(data.object))
    if (data.previous_attributes && state) expect(old, `${type} ${id}`).toEqual(plain(state))
    // A failed payment is told twice: by this, and as a change by the update that follows.
    if (type !== 'invoice.payment_failed') state = data.object
  }
}

/** An object as it was, from what it is and what an update replaced. */
function before(after: JsonObject, previous: JsonObject): JsonObject {
  // By a map: a caller may name its metadata `__proto__`.
  const old = new Map(Object.entries(after))
  for (const [name, value] of Object.entries(previous)) {
    const now = old.get(name)
    old.set(name, isJsonObject(value) && isJsonObject(now) ? before(now, value) : value)
  }
  return Object.fromEntries(old)
}

/** A summary of entitlements has no id: it is the customer's. A plan has that of its price. */
function nameOf({ id, object, customer }: JsonObject): string {
  if (object === 'plan') return `plan ${textOf(id)}`
  return id === undefined ? `${textOf(object)} of ${textOf(customer)}` : textOf(id)
}
