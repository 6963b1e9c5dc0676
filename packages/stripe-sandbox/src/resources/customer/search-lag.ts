/**
 * Owns what search does not see yet.
 * Promises: for each write younger than the lag, what the customer was before it; older notes are forgotten. Not kept over a restart: the
 * index has then caught up.
 */
import type { Core } from '../../core.ts'
import type { Realm } from '../../state/store.ts'
import type { Customer } from './customer-object.ts'

type Note = { readonly at: number; readonly id: string; readonly before: Customer | undefined }
type Notes = { list: Note[]; first: number }

/** Notes by realm; a closed sandbox takes its realms, and so its notes, with it. */
const notesOf = new WeakMap<Realm, Notes>()

/** Notes what a customer was before a write; undefined: it was not there. */
export function noteForSearch(core: Core, realm: Realm, id: string, before: Customer | undefined): void {
  core.store.afterwards(() => {
    const notes = youngNotes(core, realm)
    if (core.settings.search_lag_seconds > 0) notes.list.push({ at: core.clock.now(), id, before })
  })
}

/** The customers that search sees otherwise than they are: by id, as they were when the lag began; undefined: not there yet. */
export function unseenWrites(core: Core, realm: Realm): Map<string, Customer | undefined> {
  const seen = new Map<string, Customer | undefined>()
  const { list, first } = youngNotes(core, realm)
  for (let index = first; index < list.length; index++) {
    const note = list[index]
    if (note && !seen.has(note.id)) seen.set(note.id, note.before)
  }
  return seen
}

/** Old notes are passed over one by one and cut off in blocks, so that a write costs the same however many there are. */
const cutAt = 4096

function youngNotes(core: Core, realm: Realm): Notes {
  const since = core.clock.now() - core.settings.search_lag_seconds * 1000
  const notes = notesOf.get(realm) ?? { list: [], first: 0 }
  notesOf.set(realm, notes)
  while (notes.first < notes.list.length && (notes.list[notes.first]?.at ?? 0) <= since) notes.first++
  if (notes.first > cutAt) {
    notes.list = notes.list.slice(notes.first)
    notes.first = 0
  }
  return notes
}

/** Forgets all notes of a realm that was emptied. */
export function forgetNotes(realm: Realm): void {
  notesOf.delete(realm)
}
