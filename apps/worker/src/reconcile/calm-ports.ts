// Owns how a reconciliation speaks to Stripe: by the same lanes as everybody, but behind everybody (G9).
// Promises: every call of these ports is of the lowest priority, whatever the lane would say; so a hundred thousand customers
// of a first sync take what is left of the budget, and never stand before a write that somebody waits for.

import type { Ports } from '../ports.ts'
import type { PacedStripe } from '../paced-stripe.ts'

/** The same ports, in no hurry. */
export function calmPorts(ports: Ports): Ports {
  return {
    ...ports,
    gate: {
      ...ports.gate,
      async outbound(tenantId) {
        const passage = await ports.gate.outbound(tenantId)
        return passage.kind === 'open' ? { ...passage, stripe: calm(passage.stripe) } : passage
      },
    },
  }
}

function calm(stripe: PacedStripe): PacedStripe {
  return {
    withSlot: (endpoint, work) => stripe.withSlot(endpoint, work, 'backfill'),
    call: (call) => stripe.call(call, 'backfill'),
  }
}
