// Owns the one way in which an open intent ends: by a write that still finds this very intent (counterexample 14).

import type { CustomerDocument, Intent } from '@lockstep/domain/customer/document'
import { bug } from '@lockstep/domain/error/catalogue'
import type { Ports } from '../ports.ts'
import { writeCustomer } from '../write-customer.ts'
import type { StepResult } from './step.ts'

/** Writes a decision on the open intent, if it is still the one that was called. */
export async function commitIntent(
  ports: Ports,
  doc: CustomerDocument,
  intent: Intent,
  decide: (doc: CustomerDocument) => CustomerDocument,
): Promise<StepResult> {
  const written = await writeCustomer(ports, doc, (current) =>
    current.intent?.key === intent.key ? decide(current) : null,
  )
  if (written.kind === 'duplicate') throw bug(`ending an intent broke ${written.rule}`)
  return { kind: 'again', doc: written.doc }
}
