// Owns the open load: so many operations a second, whatever becomes of them, mixed with edits at the dashboard.
// Promises: arrivals follow the clock, never the answers, so a system that stalls is not spared; the same seed writes the
// same values to the same customers in the same order; every value is unlike any other.

import { setTimeout as pause } from 'node:timers/promises'
import type { Store } from '@lockstep/domain/store/store'
import type { Chance } from '../../support/chance.ts'
import { until } from '../../support/until.ts'
import { type Callers, type CallersOptions, openCallers, openDashboard } from './callers.ts'
import type { FaultStack } from './fault-stack.ts'
import type { SetValue, Write } from './ledger.ts'

/** A customer that is on both sides. */
export interface Pair {
  id: string
  stripeId: string
}

export interface Load {
  /** Their ledger says what was done. */
  callers: Callers
  /** Creates customers and waits until Stripe has them. */
  pairs(count: number): Promise<Pair[]>
  /** Resolves when all of it has been sent; `answered` when all of it has been answered. */
  run(options: RunOptions): Promise<{ answered: Promise<void> }>
  /** `count` creates at once; resolves when they are acknowledged. */
  create(count: number): Promise<string[]>
  /** One update of each of these customers, with a value of its own; resolves when they are acknowledged. */
  update(customers: readonly string[]): Promise<void>
  close(): Promise<void>
}

export interface RunOptions {
  perSecond: number
  /** Edits at the dashboard, besides. */
  editsPerSecond: number
  pairs: readonly Pair[]
  /** Default: a mix of all that callers do. */
  only?: 'updates'
  /** What every write prefers; default: mostly not to wait. */
  prefer?: string
  /** After so many seconds, or when it is told to. */
  ends: { afterSeconds: number } | { signal: AbortSignal }
  /** Called with the seconds that the load has lasted by its own arrivals, before each of them. */
  lasted?: (seconds: number) => void
}

/** Arrivals are looked at so often (ms): far below what a caller would notice. */
const tickMs = 4
/** Stripe takes 25 creates a second where its limits are on; a slow machine half of that (ms for each). */
const linkedMs = 80
/** Customers are looked at so often until Stripe has them (ms). */
const lookMs = 200
/** What callers do, in parts of a hundred; the rest are updates. */
const mix = { create: 10, archive: 1, unarchive: 6, stale: 2, waits: 10 }

/** What is loaded: any stack, whoever runs its Stripe. */
export type Loaded = Pick<FaultStack, 'callersUrls' | 'apiKey' | 'store'> & { stripe: { url: string } }

export interface LoadOptions extends Pick<CallersOptions, 'unanswered' | 'refused'> {
  /** Everything that it writes begins with this. */
  name: string
  chance: Chance
}

/** A load on this stack. */
export function openLoad(stack: Loaded, options: LoadOptions): Load {
  const { name, chance } = options
  const callers = openCallers({ urls: stack.callersUrls, apiKey: stack.apiKey, ...options })
  const dashboard = openDashboard(stack.stripe.url, callers.ledger)
  let written = 0
  /** Unlike any other value of this load. */
  const next = () => `${name}-${written++}`

  const create = async (count: number): Promise<string[]> => {
    const records = await Promise.all(
      Array.from({ length: count }, () => callers.write(createOf(next(), chance))),
    )
    return records.map(({ customer }) => customer ?? '')
  }
  return {
    callers,
    create,
    async update(customers) {
      await Promise.all(customers.map((id) => callers.write(updateOf(id, next(), chance))))
    },
    async pairs(count) {
      const ids = await create(count)
      const patienceMs = linkedMs * count + 60_000
      return Promise.all(
        ids.map((id) =>
          until(`${id} is at Stripe`, () => pairOf(stack.store, id), { patienceMs, betweenMs: lookMs }),
        ),
      )
    },
    async run({ perSecond, editsPerSecond, pairs, only, prefer, ends, lasted }) {
      const under: Promise<unknown>[] = []
      const rate = perSecond + editsPerSecond
      const total = 'afterSeconds' in ends ? Math.round(rate * ends.afterSeconds) : Number.POSITIVE_INFINITY
      const over = () => under.length >= total || ('signal' in ends && ends.signal.aborted)
      const began = performance.now()
      while (!over()) {
        const due = ((performance.now() - began) / 1_000) * rate
        while (under.length < due && !over()) {
          lasted?.(under.length / rate)
          const pair = pairs[chance.below(pairs.length)]
          if (!pair) throw new Error('a load needs customers')
          under.push(
            chance.in(editsPerSecond / rate)
              ? dashboard.edit(editOf(pair, next(), chance))
              : callers.write({
                  ...(only ? updateOf(pair.id, next(), chance) : writeOf(pair, next(), chance)),
                  ...(prefer !== undefined && { prefer }),
                }),
          )
        }
        await pause(tickMs)
      }
      return { answered: Promise.all(under).then(() => undefined) }
    },
    close: () => callers.close(),
  }
}

async function pairOf(store: Store, id: string): Promise<Pair | null> {
  const doc = await store.readCustomer({ tenantId: 'default', customerId: id })
  return doc?.stripe_id === undefined ? null : { id, stripeId: doc.stripe_id }
}

function writeOf({ id }: Pair, unique: string, chance: Chance): Write {
  const waits = chance.in(mix.waits / 100) ? { prefer: 'wait=2' } : {}
  const roll = chance.below(100)
  if (roll < mix.create) return { ...createOf(unique, chance), ...waits }
  const moved = roll - mix.create
  if (moved < mix.archive) return moveOf(id, 'archive', unique)
  if (moved < mix.archive + mix.unarchive) return moveOf(id, 'unarchive', unique)
  const update = updateOf(id, unique, chance)
  // A version that nobody has any more: refused when it is applied, if not before.
  const stale = moved < mix.archive + mix.unarchive + mix.stale ? { ifMatch: '"1"' } : {}
  return { ...update, ...waits, ...stale }
}

function createOf(unique: string, chance: Chance): Write {
  const values = [
    { field: 'key', value: unique },
    { field: 'name', value: `${unique} name` },
    ...(chance.in(0.5) ? [{ field: 'email', value: `${unique}@example.com` }] : []),
  ]
  return {
    method: 'POST',
    path: '/v1/customers',
    body: Object.fromEntries(values.map(({ field, value }) => [field, value])),
    key: unique,
    customer: null,
    values,
  }
}

function moveOf(id: string, move: 'archive' | 'unarchive', unique: string): Write {
  return { method: 'POST', path: `/v1/customers/${id}/${move}`, key: unique, customer: id, values: [] }
}

function updateOf(id: string, unique: string, chance: Chance): Write {
  const values = valuesOf(['name', 'description', 'phone', 'billing_address.city', 'metadata.n'], unique, {
    chance,
    most: 2,
  })
  return {
    method: 'PATCH',
    path: `/v1/customers/${id}`,
    body: bodyOf(values),
    key: unique,
    customer: id,
    values,
  }
}

function editOf({ id, stripeId }: Pair, unique: string, chance: Chance) {
  const fields = ['name', 'description', 'phone', 'billing_address.city', 'metadata.m']
  return { customer: id, stripeId, values: valuesOf(fields, unique, { chance, most: 1 }) }
}

/** Some of these fields, each with a value of this write's own. */
function valuesOf(
  fields: readonly string[],
  unique: string,
  { chance, most }: { chance: Chance; most: number },
): SetValue[] {
  const first = chance.below(fields.length)
  const count = 1 + chance.below(most)
  return Array.from({ length: count }, (_, at) => {
    const field = fields[(first + at) % fields.length] ?? ''
    return { field, value: field === 'phone' ? phoneOf(unique) : `${unique} ${field}` }
  })
}

/** E.164 takes 15 digits: the name's hash and the number of the value. */
function phoneOf(unique: string): string {
  const [, name = '', number = '0'] = /^(.*)-(\d+)$/.exec(unique) ?? []
  let hash = 7
  for (const char of name) hash = (hash * 31 + char.charCodeAt(0)) % 9_000
  return `+49${1_000 + hash}${number.padStart(8, '0')}`
}

function bodyOf(values: readonly SetValue[]): object {
  const body: Record<string, unknown> = {}
  for (const { field, value } of values) {
    const [outer = '', inner] = field.split('.')
    body[outer] = inner === undefined ? value : { [inner]: value }
  }
  return body
}
