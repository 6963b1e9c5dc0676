// Owns what one page of Stripe's list of customers proves about those that are not on it. Pure.
// Stripe lists newest first, by `created` (s), which never changes; within one second the order is not told. So a page proves
// of every second that it covers whole which customers live, and the second in which it ends is left to the next page.
// Promises: whoever lived all the while is never taken for absent, whatever is made or deleted while the list is read; memory
// is that of one page and of one second.

/** How far the list was read. */
export interface ListPlace {
  /** Id of the last customer read; null: nothing was. */
  after: string | null
  /** Second of that customer. */
  frontier: number | null
  /** Those of that second which were read: the rest of it may stand on the next page. */
  carried: string[]
}

/** Before the first page. */
export const listStart: ListPlace = { after: null, frontier: null, carried: [] }

export interface ListPage {
  /** Newest first. */
  items: readonly { id: string; created: number }[]
  hasMore: boolean
}

export interface ListWindow {
  /** Seconds that are known whole now, both ends included; empty where `from` is above `to`. */
  from: number
  to: number
  /** Who lives in them. */
  living: ReadonlySet<string>
  next: ListPlace
}

/**
 * Ids of one second that are carried on, at most: some hundred kilobytes. Nobody makes so many customers in a second through
 * Stripe's limits; where it happens all the same, those beyond count as absent until a look shows that they are not.
 */
export const carriedMax = 10_000

/** The window of the page that was read after `place`. */
export function windowOf(place: ListPlace, { items, hasMore }: ListPage): ListWindow {
  const last = items.at(-1)
  const living = new Set([...place.carried, ...items.map(({ id }) => id)])
  const to = place.frontier ?? Number.MAX_SAFE_INTEGER
  if (!last || !hasMore) return { from: 0, to, living, next: { ...place, carried: [] } }
  const inLastSecond = items.filter(({ created }) => created === last.created).map(({ id }) => id)
  const carried = last.created === place.frontier ? [...place.carried, ...inLastSecond] : inLastSecond
  return {
    from: last.created + 1,
    to,
    living,
    next: { after: last.id, frontier: last.created, carried: carried.slice(-carriedMax) },
  }
}
