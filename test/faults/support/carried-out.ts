// Owns whether every write was carried out as its caller was told, once, and nothing else was.

import type { Operation } from '@lockstep/domain/operation/operation'
import type { History } from './evidence.ts'
import { isAcknowledged, type Ledger } from './ledger.ts'

/** Takes down one finding. */
export type Found = (rule: string, detail: string) => void
/** What the database holds of each write, by its key; null: nothing. */
export type Operations = ReadonlyMap<string, Operation | null>

/** What the caller was told is what became of it. */
export function judgeWrites(ledger: Ledger, operations: Operations, found: Found): void {
  for (const write of ledger.writes) {
    const operation = operations.get(write.key) ?? null
    if (write.broken > 0) found('broken answer', `${write.key} was answered 5xx ${write.broken} times`)
    if (write.answer === null) found('unanswered', `${write.key} was never answered for good`)
    else if (isAcknowledged(write) && !operation)
      found('lost', `${write.key} was acknowledged and is not there`)
    if (!operation || !write.answer) continue
    const { status, code } = write.answer
    if (operation.status === 'accepted' || operation.status === 'waiting')
      found('lost', `${write.key} was acknowledged and is still ${operation.status}`)
    if (operation.status === 'parked') found('parked', write.key)
    const agrees =
      status === 202 || (status < 300 ? operation.status === 'applied' : operation.outcome?.code === code)
    if (!agrees) found('told wrong', `${write.key}: told ${status} ${code}, became ${operation.status}`)
  }
}

const eventOf: Record<string, string> = {
  create: 'customer.created',
  update: 'customer.updated',
  archive: 'customer.archived',
  unarchive: 'customer.unarchived',
}

/** Every applied operation stands in the log once, and nothing else does that says it was a caller's. */
export function judgeCarriedOut(
  ledger: Ledger,
  operations: Operations,
  touched: ReadonlyMap<string, History>,
  judged: ReadonlyMap<string, { byCallers: number }>,
  found: Found,
): void {
  const expected = new Map<string, { type: string; values: string[]; key: string }[]>()
  for (const { key, values } of ledger.writes) {
    const operation = operations.get(key)
    if (operation?.status !== 'applied') continue
    const { customer_id: id, body } = operation
    const mirrored = values.filter(({ field }) => field !== 'key')
    const entry = {
      type: eventOf[body.kind] ?? body.kind,
      values: mirrored.map(({ field, value }) => `${field}=${value}`),
      key,
    }
    expected.set(id, [...(expected.get(id) ?? []), entry])
  }
  for (const id of new Set([...expected.keys(), ...touched.keys()])) {
    const history = touched.get(id)
    const seen = history?.byCallers.slice(judged.get(id)?.byCallers ?? 0) ?? []
    const left = [...seen]
    for (const { type, values, key } of expected.get(id) ?? []) {
      const at = left.findIndex(
        (event) => event.type === type && values.every((value) => event.values.includes(value)),
      )
      if (at === -1) found('lost', `${key} counts as applied and left no trace`)
      else left.splice(at, 1)
    }
    for (const { type, event, values } of left) {
      const again = (expected.get(id) ?? []).some(
        (one) => one.values.length > 0 && one.values.every((value) => values.includes(value)),
      )
      found(again ? 'twice' : 'unexpected', `${event}: ${type} of ${id}, ${values.join(', ')}`)
    }
  }
}
