import fc from 'fast-check'
import { expect, it } from 'vitest'
import { idOf, isJsonObject, type Json, type JsonObject } from '../../src/json.ts'
import { openDirect, type DirectSandbox } from '../support/direct-sandbox.ts'
import { listed, wholeList } from '../support/everything.ts'
import { runs } from '../support/runs.ts'
import { openShop, sequences } from '../support/shop/shop.ts'
import { passing } from '../support/shop/step.ts'

type Clause = { readonly text: string; readonly holds: (customer: JsonObject) => boolean }

const words = fc.constantFrom(
  'Ana',
  'ana',
  'Bo',
  'ANA@example.com',
  'bo@example.com',
  'example',
  'nobody',
  'Žižek',
  '',
)
const quoted = (word: string) => JSON.stringify(word)
const lower = (value: Json | undefined) => (typeof value === 'string' ? value.toLowerCase() : undefined)

const exact = fc.tuple(fc.constantFrom('name', 'email', 'phone'), words).map(
  ([field, word]): Clause => ({
    text: `${field}:${quoted(word)}`,
    holds: (customer) => lower(customer[field]) === word.toLowerCase(),
  }),
)
const part = fc
  .tuple(
    fc.constantFrom('name', 'email'),
    words.filter((word) => word.length >= 3),
  )
  .map(
    ([field, word]): Clause => ({
      text: `${field}~${quoted(word)}`,
      holds: (customer) => lower(customer[field])?.includes(word.toLowerCase()) ?? false,
    }),
  )
const absent = fc.constantFrom('name', 'email', 'phone').map(
  (field): Clause => ({
    text: `${field}:null`,
    holds: (customer) => customer[field] === null,
  }),
)
const byMetadata = fc
  .tuple(fc.constantFrom('a', 'b', '__proto__', 'constructor'), fc.constantFrom('1', '2', 'true'))
  .map(
    ([key, value]): Clause => ({
      text: `metadata[${quoted(key)}]:${quoted(value)}`,
      holds: ({ metadata }) =>
        isJsonObject(metadata) && Object.hasOwn(metadata, key) && metadata[key] === value,
    }),
  )
const created = fc
  .tuple(fc.constantFrom('>', '<', '>=', '<=', ':'), fc.integer({ min: -200, max: 400 }))
  .map(([operator, offset]): Clause => {
    const at = Date.UTC(2031, 0, 30, 12) / 1000 + offset
    const compare: { readonly [operator: string]: (time: number) => boolean } = {
      '>': (time) => time > at,
      '<': (time) => time < at,
      '>=': (time) => time >= at,
      '<=': (time) => time <= at,
      ':': (time) => time === at,
    }
    return {
      text: `created${operator}${at}`,
      holds: (customer) => compare[operator]?.(Number(customer['created'])) ?? false,
    }
  })
const clause = fc.tuple(fc.oneof(exact, part, absent, byMetadata, created), fc.boolean()).map(
  ([{ text, holds }, negated]): Clause => ({
    text: negated ? `-${text}` : text,
    holds: (customer) => holds(customer) !== negated,
  }),
)
const query = fc
  .tuple(fc.array(clause, { minLength: 1, maxLength: 4 }), fc.constantFrom(' AND ', ' OR ', ' and ', ' '))
  .map(([clauses, join]): Clause & { [fc.toStringMethod]: () => string } => ({
    text: clauses.map(({ text }) => text).join(join),
    [fc.toStringMethod]: () => clauses.map(({ text }) => text).join(join),
    holds: (customer) =>
      join === ' OR '
        ? clauses.some(({ holds }) => holds(customer))
        : clauses.every(({ holds }) => holds(customer)),
  }))

const lagSeconds = 60
const writes = fc
  .array(
    fc.oneof(
      sequences(['customers'], { max: 4 }),
      fc.array(passing(fc.constantFrom(1, 20, 59, 60, 61)), { maxLength: 1 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.flat())

it('search is a filter over the customers as they were when the lag began, newest first', async () => {
  await fc.assert(
    fc.asyncProperty(writes, fc.array(query, { minLength: 1, maxLength: 4 }), async (steps, queries) => {
      const sandbox = openDirect()
      const shop = openShop(sandbox)
      const now = () => sandbox.core.clock.seconds()
      /** What the list was, from when on. */
      const past: { readonly at: number; readonly customers: readonly JsonObject[] }[] = [
        { at: now(), customers: [] },
      ]
      for (const step of steps) {
        await shop.take(step)
        past.push({ at: now(), customers: await wholeList(shop.get, '/v1/customers') })
        const seen = past.findLast(({ at }) => at <= now() - lagSeconds)?.customers ?? []
        for (const { text, holds } of queries) {
          const expected = seen.filter(holds)
          expect(found(sandbox, text), text).toEqual(expected.map(plain))
        }
      }
      sandbox.close()
    }),
    runs(60),
  )
})

it('pages of a search are cut from one whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      sequences(['customers'], { max: 25 }),
      clause,
      fc.integer({ min: 1, max: 5 }),
      async (steps, { text }, limit) => {
        const sandbox = openDirect()
        const shop = openShop(sandbox)
        for (const step of steps) await shop.take(step)
        await sandbox.advance(lagSeconds)
        const whole = found(sandbox, text)
        const pages: JsonObject[] = []
        for (let page: Json | undefined; page !== null; ) {
          const { body } = sandbox.call('GET', '/v1/customers/search', {
            query: text,
            limit,
            ...(typeof page === 'string' ? { page } : {}),
            expand: ['total_count'],
          })
          pages.push(...listed(body['data']).map(plain))
          expect(body['total_count']).toBe(whole.length)
          expect(body['has_more']).toBe(body['next_page'] !== null)
          page = body['next_page'] ?? null
        }
        expect(pages).toEqual(whole)
        sandbox.close()
      },
    ),
    runs(40),
  )
})

function found(sandbox: DirectSandbox, text: string): JsonObject[] {
  const {
    status,
    body,
    text: answer,
  } = sandbox.call('GET', '/v1/customers/search', { query: text, limit: 100 })
  expect(status, answer).toBe(200)
  return listed(body['data']).map(plain)
}

/** As it goes over the wire. */
function plain(customer: JsonObject): JsonObject {
  return { id: idOf(customer), text: JSON.stringify(customer) }
}
