// Owns what a planted bug is: a sentence, and the lines of the production source that it changes.
// The product has no switch for any of this: the source is changed while it is loaded, in the simulation's process alone.

import type { Climate, Weights } from '../climate.ts'

/** One change of a source file. `find` stands in it exactly once. */
export interface Patch {
  /** From the root of the repository. */
  file: string
  find: string
  replace: string
}

export interface Plant {
  /** As PROTOCOL section 8 names it, where it does. */
  name: string
  /** What is wrong then. */
  wrong: string
  /** The guarantee that it breaks, as the judge names it. */
  breaks: string
  patches: readonly Patch[]
  /** Weather in which it shows soon; without it, any. */
  climate?: Omit<Partial<Climate>, 'weights'> & { weights?: Partial<Weights> }
}

const domain = 'packages/domain/src'
const worker = 'apps/worker/src'

/** Files that are changed by several plants. */
export const sources = {
  accept: 'apps/gateway/src/operations/accept-operation.ts',
  webhook: 'apps/gateway/src/webhooks/accept-stripe-event.ts',
  adopt: `${worker}/sync/adopt.ts`,
  absorbTwin: `${worker}/sync/absorb-twin.ts`,
  apply: `${domain}/customer/apply.ts`,
  applyOperations: `${worker}/work-customer-apply.ts`,
  command: `${domain}/command/command.ts`,
  commandIntent: `${domain}/sync/command-intent.ts`,
  commandStep: `${worker}/sync/command.ts`,
  commitIntent: `${worker}/sync/commit-intent.ts`,
  deliveries: `${worker}/deliveries/deliver-endpoint.ts`,
  doubt: `${worker}/sync/doubt.ts`,
  echo: `${domain}/sync/echo.ts`,
  emailClaim: `${domain}/customer/email-claim.ts`,
  gate: `${worker}/tenant-gate.ts`,
  intent: `${domain}/sync/intent.ts`,
  look: `${worker}/sync/look.ts`,
  lookUp: `${domain}/stripe/look-up.ts`,
  memoryCustomers: `${domain}/store/memory/memory-customers.ts`,
  memorySlots: `${domain}/stripe/memory-slots.ts`,
  merge: `${domain}/sync/merge.ts`,
  noteStripeEvents: `${worker}/note-stripe-events.ts`,
  observe: `${domain}/sync/observe.ts`,
  plan: `${domain}/sync/plan.ts`,
  purge: `${domain}/sync/purge.ts`,
  push: `${worker}/sync/push.ts`,
  relay: `${domain}/store/append-events.ts`,
  replaced: `${domain}/sync/replaced.ts`,
  returned: `${domain}/sync/returned.ts`,
  seal: `${domain}/customer/seal.ts`,
  settle: `${worker}/settle-customer.ts`,
  snapshotEvent: `${domain}/stripe/snapshot-event.ts`,
  waitingCommands: `${domain}/customer/waiting-commands.ts`,
  budget: `${domain}/stripe/budget.ts`,
} as const
