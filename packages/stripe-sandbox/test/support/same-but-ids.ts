/**
 * Owns the comparison of two sandboxes that drew different ids.
 * Promises: two that were used alike and hold the same are equal; ids stand for the order in which each was first seen.
 */
import { idOf } from '../../src/json.ts'
import { textOf, type Everything } from './everything.ts'
import type { Known } from './shop/step.ts'

/** Members that are drawn at random, or made from what is. */
const drawn = new Set([
  'client_secret',
  'fingerprint',
  'hosted_invoice_url',
  'identifier',
  'invoice_prefix',
  'number',
  'request',
  'url',
])

/** All that was read, one object a line, with `kind#3` for the third object of a kind that was known. */
export function withoutIds(all: Everything, known: Known): string[] {
  const names = new Map<string, string>()
  for (const [kind, ids] of known) for (const [index, id] of ids.entries()) names.set(id, `${kind}#${index}`)
  // What no answer and no event has shown: events themselves, and the portal's first configuration.
  for (const objects of all.values())
    for (const object of objects)
      if (!names.has(idOf(object))) names.set(idOf(object), `unseen ${textOf(object['object'])}`)
  const renamed = (text: string) => text.replaceAll(/\w{8,}/g, (word) => names.get(word) ?? word)
  return [...all].flatMap(([path, objects]) => {
    const lines = objects.map((object) =>
      renamed(JSON.stringify(object, (name, value: unknown) => (drawn.has(name) ? undefined : value))),
    )
    // What falls due in the same second may happen in any order.
    return path === '/v1/events' ? lines.toSorted() : [renamed(path), ...lines]
  })
}
