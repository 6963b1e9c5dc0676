/** Owns the finding of an event by whichever of its two ids, in whichever account it is. */
import type { Core } from '../core.ts'
import type { Realm } from '../state/store.ts'
import { events, type StoredEvent } from './stored-event.ts'
import { snapshotId } from './thin-event.ts'

/** An event by its id or that of its thin twin. Throws an Error if there is none. */
export function eventAnywhere(core: Core, id: string): { realm: Realm; event: StoredEvent } {
  for (const realm of core.store.realms()) {
    const event = realm.table(events).get(snapshotId(id) ?? id)
    if (event) return { realm, event }
  }
  throw new Error(`no such event: ${id}`)
}
