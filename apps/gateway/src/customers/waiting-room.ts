// Owns how many operations may wait on one customer, without counting for each of them: a count lets some in at once.
// Promises: no more than `max` wait while at most eight gateways take writes of one customer; a customer with few waiting
// is counted once in a hundred writes.

import type { CustomerRef } from '@lockstep/domain/store/store'

export interface WaitingRooms {
  /** Whether one more may wait. */
  admit(ref: CustomerRef): Promise<boolean>
}

export interface WaitingRoomOptions {
  /** Operations that may wait on one customer. */
  max: number
  /** How many wait, counted no further than `limit`. */
  count: (ref: CustomerRef, limit: number) => Promise<number>
}

/** Each of so many gateways may fill its share of what is free before it counts again: together they fill what is free. */
const gatewaysMax = 8
/** Customers remembered at once: about a hundred bytes each. One that is forgotten is counted again. */
const customersMax = 10_000

export function waitingRooms({ max, count }: WaitingRoomOptions): WaitingRooms {
  const places = new Map<string, number>()
  return {
    async admit(ref) {
      const name = `${ref.tenantId}/${ref.customerId}`
      const left = places.get(name) ?? 0
      if (left > 0) {
        places.set(name, left - 1)
        return true
      }
      const free = max - (await count(ref, max))
      if (free <= 0) return false
      places.delete(name)
      places.set(name, Math.max(1, Math.floor(free / gatewaysMax)) - 1)
      // A Map keeps insertion order, so the first one is the longest uncounted.
      const oldest = places.size > customersMax ? places.keys().next().value : undefined
      if (oldest !== undefined) places.delete(oldest)
      return true
    },
  }
}
