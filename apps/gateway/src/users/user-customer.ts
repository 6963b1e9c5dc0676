// Owns which customer is a user's: an id derived from the user's, so that there is one however many ask at once.
// Promises: nothing is stored to know it. A purge, or a registration that was refused, ends a life of the user, and the next
// registration begins another, since what is purged is never revived.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import type { CustomerStore } from '@lockstep/domain/store/store'
import { derivedId } from '../derived-id.ts'

/** The customer of a user's present life; `doc` is null before it was registered. */
export interface UserCustomer {
  customerId: string
  doc: CustomerDocument | null
}

/** Finds it: lives that ended are tombstones, one after the other without a gap. */
export async function userCustomer(
  store: Pick<CustomerStore, 'readCustomer'>,
  tenantId: string,
  userId: string,
): Promise<UserCustomer> {
  const at = async (life: number): Promise<UserCustomer> => {
    const customerId = derivedId(tenantId, userId, life)
    return { customerId, doc: await store.readCustomer({ tenantId, customerId }) }
  }
  // Doubled until one that has not ended, then halved: a user whose registration is refused every hour has many behind it.
  let [ended, open] = [-1, 0]
  let found = await at(open)
  while (found.doc?.tombstone) {
    ended = open
    open = open * 2 + 1
    found = await at(open)
  }
  while (open - ended > 1) {
    const middle = Math.floor((open + ended) / 2)
    const there = await at(middle)
    if (there.doc?.tombstone) ended = middle
    else [open, found] = [middle, there]
  }
  return found
}
