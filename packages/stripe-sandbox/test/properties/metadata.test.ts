import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isJsonObject } from '../../src/json.ts'
import { openDirect, type DirectSandbox } from '../support/direct-sandbox.ts'
import { textOf } from '../support/everything.ts'
import type { Form } from '../support/form.ts'
import { runs } from '../support/runs.ts'

const keys = fc.oneof(
  fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'toString', '0', '10', '$same', 'a.b', 'ключ'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((key) => !/[[\]\0]/.test(key)),
)
const value = fc.oneof(
  { weight: 2, arbitrary: fc.constant('') },
  fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0')),
)
/** What one update says: some keys, or '' for all of them. */
const update = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.tuple(keys, value), { maxLength: 5 }).map((pairs) => new Map(pairs)) },
  fc.constant(''),
)
type Update = '' | ReadonlyMap<string, string>

/** By a map, since a key may be `__proto__`. */
const form = (said: Update): Form => ({ metadata: said === '' ? '' : Object.fromEntries(said) })

function merged(before: ReadonlyMap<string, string>, said: Update): Map<string, string> {
  const after = new Map(said === '' ? [] : before)
  for (const [key, text] of said === '' ? [] : said) {
    if (text === '') after.delete(key)
    else after.set(key, text)
  }
  return after
}

function metadataOf(sandbox: DirectSandbox, path: string): Map<string, string> {
  const { metadata } = sandbox.call('GET', path).body
  return new Map(
    isJsonObject(metadata) ? Object.entries(metadata).map(([key, text]) => [key, textOf(text)]) : [],
  )
}

/** Kinds of objects that have metadata: where one is made. */
const kinds: { readonly [path: string]: Form } = {
  '/v1/customers': {},
  '/v1/products': { name: 'Tea' },
  '/v1/coupons': { percent_off: 5 },
  '/v1/entitlements/features': { name: 'A', lookup_key: 'a' },
  '/v1/billing_portal/configurations': { features: { invoice_history: { enabled: true } } },
}

it('metadata merges key by key: a value sets, an empty one removes, an empty whole clears; any key is a key', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.entries(kinds)),
      fc.array(update, { maxLength: 8 }),
      ([path, rest], updates) => {
        const sandbox = openDirect()
        const own = `${path}/${textOf(sandbox.call('POST', path, rest).body['id'])}`
        let expected = new Map<string, string>()
        for (const said of updates) {
          expect(sandbox.call('POST', own, form(said)).status).toBe(200)
          expected = merged(expected, said)
          expect(metadataOf(sandbox, own)).toEqual(expected)
        }
        sandbox.close()
      },
    ),
    runs(100),
  )
})

it('updates of different keys come out alike in either order, and the same one twice is one', () => {
  const plainKey = (first: string) => fc.constantFrom('a', 'b', 'c').map((key) => first + key)
  const some = (first: string) =>
    fc.array(fc.tuple(plainKey(first), value), { maxLength: 4 }).map((pairs) => new Map(pairs))
  fc.assert(
    fc.property(some('x'), some('y'), some('x'), (start, one, other) => {
      const results = [
        [one, other],
        [other, one],
        [one, one, other, other],
      ].map((order) => {
        const sandbox = openDirect()
        const made = sandbox.call('POST', '/v1/customers', form(start))
        const path = `/v1/customers/${textOf(made.body['id'])}`
        for (const said of order) sandbox.call('POST', path, form(said))
        const result = metadataOf(sandbox, path)
        sandbox.close()
        return result
      })
      expect(results[1]).toEqual(results[0])
      expect(results[2]).toEqual(results[0])
    }),
    runs(60),
  )
})

it('an update that would lead to more than 50 keys is refused and changes nothing', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 40, max: 50 }),
      fc.integer({ min: 0, max: 15 }),
      fc.nat(5),
      (had, more, less) => {
        const sandbox = openDirect()
        const numbered = (count: number, from: number, text: string) =>
          new Map(Array.from({ length: count }, (_, index) => [`key ${from + index}`, text] as const))
        const made = sandbox.call('POST', '/v1/customers', form(numbered(had, 0, 'x')))
        const path = `/v1/customers/${textOf(made.body['id'])}`
        const said = new Map([...numbered(more, had, 'y'), ...numbered(less, 0, '')])
        const { status } = sandbox.call('POST', path, form(said))
        const fits = had + more - less <= 50
        expect(status).toBe(fits ? 200 : 400)
        expect(metadataOf(sandbox, path).size).toBe(fits ? had + more - less : had)
        sandbox.close()
      },
    ),
    runs(60),
  )
})
