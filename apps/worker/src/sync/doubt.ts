// Owns a create of unknown outcome: only a look-up that counts may end the doubt (PROTOCOL section 5).

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { bug } from '@lockstep/domain/error/catalogue'
import { lookUp } from '@lockstep/domain/stripe/look-up'
import { proven, reopened } from '@lockstep/domain/sync/intent'
import { momentOf } from '../ports.ts'
import { writeCustomer } from '../write-customer.ts'
import { absorbTwin } from './absorb-twin.ts'
import { countFailure, forbiddenCall, park, waitAndRetry, waitUntil } from './back-off.ts'
import type { StepOf } from './step.ts'

/** Stripe keeps events for 30 days: an older doubt has lost its first witness (ms). */
const witnessMs = 30 * 24 * 3600 * 1000

/** Asks both witnesses; found: linked. Not found: a new key, once an hour has passed since the doubt began. */
export const resolveDoubt: StepOf = async (ports, passage, doc) => {
  const intent = doc.intent
  if (!intent || intent.doubt_since === null) throw bug('no doubt to resolve')
  const began = ports.clock.now()
  if (began - intent.first_since > witnessMs) return park(ports, doc, 'doubt_too_old')
  const wanted = { customerId: doc._id, keys: intent.keys, firstSince: intent.first_since }
  const found = await lookUp((call) => passage.stripe.call(call), wanted)
  if (found.kind === 'failed') {
    if (found.answer.kind !== 'refused') return waitAndRetry(ports, doc, found.answer)
    const account = await ports.gate.recheck(doc.tenant_id, forbiddenCall('a look-up', found.answer))
    if (account !== 'same') return { kind: 'stopped', outcome: account === 'paused' ? 'paused' : 'waiting' }
    return countFailure(ports, doc, found.answer.code)
  }
  if (found.ids.length > 1) return park(ports, doc, 'several_creates')
  const [id] = found.ids
  const mine = (current: CustomerDocument) => current.intent?.key === intent.key
  if (id !== undefined) {
    if (!(await absorbTwin(ports, doc, id))) return park(ports, doc, 'duplicate')
    const written = await writeCustomer(ports, doc, (current) =>
      mine(current) ? proven(current, id, momentOf(ports)) : null,
    )
    return { kind: 'again', doc: written.kind === 'duplicate' ? null : written.doc }
  }
  const counts = intent.doubt_since + ports.settings.doubtGraceMs
  if (began < counts) return waitUntil(ports, doc, counts, 'create_in_doubt')
  const written = await writeCustomer(ports, doc, (current) =>
    mine(current) ? reopened(current, ports.clock.now()) : null,
  )
  return { kind: 'again', doc: written.kind === 'duplicate' ? null : written.doc }
}
