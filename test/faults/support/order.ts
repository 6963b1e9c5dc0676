// Owns the order (G6): of two writes to one customer, the second sent after the first was acknowledged, the first is
// applied first.

import type { Operation } from '@lockstep/domain/operation/operation'
import type { History } from './evidence.ts'
import { isAcknowledged, type WriteRecord } from './ledger.ts'

/** One finding for each write that came before one that was acknowledged before it was sent. */
export function judgeOrder(
  writes: readonly WriteRecord[],
  operations: ReadonlyMap<string, Operation | null>,
  customers: ReadonlyMap<string, History>,
  found: (rule: string, detail: string) => void,
): void {
  const applied = writes.filter(({ key }) => operations.get(key)?.status === 'applied')
  for (const [id, mine] of Map.groupBy(applied, ({ key }) => operations.get(key)?.customer_id ?? '')) {
    const places = placesOf(customers.get(id))
    const acknowledged = mine
      .filter(isAcknowledged)
      .toSorted((a, b) => (a.answeredAt ?? 0) - (b.answeredAt ?? 0))
    let passed = 0
    let highest = { number: -1, place: -1, key: '' }
    for (const write of mine.toSorted((a, b) => a.sentAt - b.sentAt)) {
      for (; passed < acknowledged.length; passed++) {
        const earlier = acknowledged[passed]
        if (!earlier || (earlier.answeredAt ?? Number.POSITIVE_INFINITY) >= write.sentAt) break
        const number = operations.get(earlier.key)?.number ?? -1
        const place = placeOf(earlier, places)
        highest = {
          number: Math.max(highest.number, number),
          place: Math.max(highest.place, place ?? -1),
          key: number >= highest.number ? earlier.key : highest.key,
        }
      }
      const number = operations.get(write.key)?.number ?? Number.POSITIVE_INFINITY
      const place = placeOf(write, places) ?? Number.POSITIVE_INFINITY
      if (number < highest.number || place < highest.place)
        found(
          'out of order',
          `${write.key} came before ${highest.key}, which was acknowledged before it was sent`,
        )
    }
  }
}

/** Where in a customer's log each caller's value was applied. */
function placesOf(history: History | undefined): ReadonlyMap<string, number> {
  return new Map(history?.byCallers.flatMap(({ values }, at) => values.map((value) => [value, at] as const)))
}

function placeOf({ values }: WriteRecord, places: ReadonlyMap<string, number>): number | undefined {
  const [first] = values.filter(({ field }) => field !== 'key')
  return first && places.get(`${first.field}=${first.value}`)
}
