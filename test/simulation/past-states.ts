// Owns what every Stripe customer has been, state after state, as somebody who always watches would know it.

import { parseStripeCustomer } from '@lockstep/domain/stripe/customer-object'
import { fromStripe } from '@lockstep/domain/sync/canonical'

export interface PastStates {
  /** Reads the customer, and notes what it is if that is new. To be called before and after whatever may change it. */
  note(id: string): Promise<void>
  /** The body that a read would show which lags behind by less than `lagMs`; null: there was none yet. */
  before(id: string, lagMs: number): { body: unknown } | null
  /** The place of the newest state in which the mirrored fields were these, as `print` tells them; -1: none was. */
  placeOf(id: string, printed: string): number
}

interface State {
  body: unknown
  printed: string
  since: number
}

/** `read` answers a customer's body, or null where there is none. */
export function pastStates(read: (id: string) => Promise<unknown>, now: () => number): PastStates {
  const states = new Map<string, State[]>()
  return {
    async note(id) {
      const known = states.get(id) ?? []
      states.set(id, known)
      const body = await read(id)
      const last = known.at(-1)
      if (JSON.stringify(body) === JSON.stringify(last?.body)) return
      known.push({ body: structuredClone(body), printed: printedBody(body), since: now() })
    },
    before(id, lagMs) {
      const known = states.get(id) ?? []
      const last = known.at(-1)
      if (!last || now() - last.since >= lagMs) return null
      return { body: structuredClone(known.at(-2)?.body ?? null) }
    },
    placeOf: (id, printed) => (states.get(id) ?? []).findLastIndex((state) => state.printed === printed),
  }
}

function printedBody(body: unknown): string {
  if (body === null) return ''
  const seen = parseStripeCustomer(structuredClone(body))
  return seen.kind === 'deleted' ? 'deleted' : print([...fromStripe(seen.customer)])
}

/** Mirrored fields in words, in an order that depends on nothing. */
export function print(leaves: readonly (readonly [string, unknown])[]): string {
  return JSON.stringify(leaves.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
