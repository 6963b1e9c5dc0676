// Owns how a tenant's calls to Stripe are paced: a slot of its budget first, then the one call that it is good for.
// Promises: no call without a usable slot; a slot comes free a second after the answer, or at once where no call was made.

import { bug } from '@lockstep/domain/error/catalogue'
import type { Budget } from '@lockstep/domain/stripe/budget'
import type { Priority } from '@lockstep/domain/stripe/slots'
import type { StripeAnswer, StripeCall, StripeHttp } from '@lockstep/domain/stripe/stripe-http'

/** A tenant's Stripe, checked and paced. One slot is one call. */
export interface PacedStripe {
  /** `work` gets `call`, to be used once, and whether the slot had to be waited for. */
  withSlot<T>(
    endpoint: string,
    work: (call: StripeHttp['call'], waited: boolean) => Promise<T>,
    priority?: Priority,
  ): Promise<T>
  /** For calls that need no fresh decision after the wait. */
  call(call: StripeCall, priority?: Priority): Promise<StripeAnswer>
}

/** The client behind its budget: a call takes a slot first. */
export function paced(http: StripeHttp, budget: Budget): PacedStripe {
  const withSlot: PacedStripe['withSlot'] = async (endpoint, work, priority) => {
    const slot = await budget.take(endpoint, priority)
    let used = false
    let released = Promise.resolve()
    const once: StripeHttp['call'] = async (call) => {
      if (used || call.endpoint !== endpoint) throw bug(`a slot for ${endpoint} is one call of it`)
      // This process stalled: a call now would be one too many. To its caller Stripe is busy, and nothing was sent.
      if (!slot.isUsable()) return { kind: 'busy', status: 429, reason: 'slot_expired', requestId: null }
      used = true
      try {
        return await http.call(call)
      } finally {
        // Its second runs from the answer on, however long the lane takes to write down what it said.
        released = slot.release(true)
      }
    }
    try {
      return await work(once, slot.waited)
    } finally {
      await (used ? released : slot.release(false))
    }
  }
  return {
    withSlot,
    call: (call, priority) => withSlot(call.endpoint, (once) => once(call), priority),
  }
}
