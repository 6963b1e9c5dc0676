/**
 * Owns what a door is: one verb on one path under `/_sandbox`, with JSON in and out.
 */
import type { Core } from '../core.ts'

/** What a door gets. */
export type DoorCall = {
  readonly core: Core
  /** The JSON body; an empty object without one. */
  readonly body: { readonly [name: string]: unknown }
  readonly query: URLSearchParams
  /** What stands in place of `{id}` in the path. */
  readonly id: string
}

/** One door. An Error that it throws is answered 400 with its text. */
export type Door = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly about: string
  readonly run: (call: DoorCall) => unknown
}
