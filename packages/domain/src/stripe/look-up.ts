// Owns the look-up that decides whether a create of unknown outcome took effect (PROTOCOL section 5).
// Promises: two witnesses, and an id found by either counts: the event list by our key (survives an edited metadata or
// a deletion), the customer list by our id (survives a late event list). Never search, never e-mail. It counts as empty
// only if every page answered 200.

import { z } from 'zod'
import type { StripeAnswer, StripeCall } from './stripe-http.ts'
import { stripeCalls } from './stripe-http.ts'

/** Clocks differ; the window begins this much before the first attempt (s). */
const marginS = 5 * 60

export interface Wanted {
  customerId: string
  keys: readonly string[]
  /** When the first attempt was made (ms). */
  firstSince: number
}

/** found: every id that proved to be ours, each once. failed: a page did not answer 200, so nothing is known. */
export type LookedUp = { kind: 'found'; ids: string[] } | { kind: 'failed'; answer: StripeAnswer }

const page = <Item extends z.ZodType>(item: Item) => z.object({ data: z.array(item), has_more: z.boolean() })
const eventPage = page(
  z.object({
    id: z.string(),
    data: z.object({ object: z.object({ id: z.string() }) }),
    request: z.object({ idempotency_key: z.string().nullish() }).nullish(),
  }),
)
const customerPage = page(
  z.object({ id: z.string(), metadata: z.object({ lockstep_id: z.string().optional() }) }),
)

/** Reads both lists to their ends. `call` must already be paced and checked to be the tenant's account. */
export async function lookUp(
  call: (call: StripeCall) => Promise<StripeAnswer>,
  wanted: Wanted,
): Promise<LookedUp> {
  const createdGte = Math.floor(wanted.firstSince / 1000) - marginS
  const events = await readAll(eventPage, (startingAfter) =>
    call(stripeCalls.listEvents({ createdGte, type: 'customer.created', ...startingAfter })),
  )
  if (events.kind === 'failed') return events
  const customers = await readAll(customerPage, (startingAfter) =>
    call(stripeCalls.listCustomers({ createdGte, ...startingAfter })),
  )
  if (customers.kind === 'failed') return customers
  const keys = new Set(wanted.keys)
  const byEvent = events.items
    .filter(({ request }) => request?.idempotency_key && keys.has(request.idempotency_key))
    .map(({ data }) => data.object.id)
  const byList = customers.items
    .filter(({ metadata }) => metadata.lockstep_id === wanted.customerId)
    .map(({ id }) => id)
  return { kind: 'found', ids: [...new Set([...byEvent, ...byList])] }
}

/** One page of a list, or the answer that stood in its place. */
export type Page<Item> = { kind: 'page'; items: Item[] } | { kind: 'failed'; answer: StripeAnswer }

/** Pages newest first, by `starting_after`, until the last one or the first that did not answer 200. */
export async function* readPages<Item extends { id: string }>(
  schema: z.ZodType<{ data: Item[]; has_more: boolean }>,
  read: (cursor: { startingAfter?: string }) => Promise<StripeAnswer>,
): AsyncGenerator<Page<Item>> {
  for (let last: string | undefined; ; ) {
    const answer = await read(last === undefined ? {} : { startingAfter: last })
    if (answer.kind !== 'ok') {
      yield { kind: 'failed', answer }
      return
    }
    const { data, has_more } = schema.parse(answer.body)
    yield { kind: 'page', items: data }
    last = data.at(-1)?.id
    if (!has_more || last === undefined) return
  }
}

/** All pages; fails as a whole where one did not answer 200. */
export async function readAll<Item extends { id: string }>(
  ...list: Parameters<typeof readPages<Item>>
): Promise<{ kind: 'all'; items: Item[] } | { kind: 'failed'; answer: StripeAnswer }> {
  const items: Item[] = []
  for await (const page of readPages(...list)) {
    if (page.kind === 'failed') return page
    items.push(...page.items)
  }
  return { kind: 'all', items }
}
