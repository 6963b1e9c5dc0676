/**
 * Owns rows as earlier versions wrote them.
 * Promises: a file of an earlier version is read as if this one had written it; what an event shares with its row, it goes on sharing.
 */
import { isJsonObject, type JsonObject } from '../json.ts'
import type { JournalEntry } from './journal-line.ts'

/** The entry as this version would have written it. */
export function upgraded(entry: JournalEntry): JournalEntry {
  const { table, value } = entry
  const data = value?.['data']
  // Until 0.1.0 an event was kept as it is shown; since then it is kept flat.
  return table === 'events' && value && isJsonObject(data)
    ? { ...entry, value: flatEvent(value, data) }
    : entry
}

function flatEvent({ id, type, created, request }: JsonObject, data: JsonObject): JsonObject {
  const cause = isJsonObject(request) ? request : {}
  return {
    id,
    type,
    created,
    object: data['object'],
    previous_attributes: data['previous_attributes'],
    request_id: cause['id'] ?? null,
    idempotency_key: cause['idempotency_key'] ?? null,
  }
}
