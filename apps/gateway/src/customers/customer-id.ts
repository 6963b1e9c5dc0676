// Owns how a customer's id in a path is read. Promises: what is no UUID names nobody, which is 404 and no fault.

import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { Incoming } from '../http/route.ts'

/** The id of the path, lower-cased; 404 where it is no UUID. */
export function customerIdOf(request: Pick<Incoming, 'params'>): string {
  return uuidOf(request.params.id)
}

/** A UUID of a path, lower-cased; 404 where it is none. */
export function uuidOf(text: string | undefined): string {
  const id = text?.toLowerCase() ?? ''
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return id
  throw new LockstepError('not_found')
}
