// Owns lane 2 without its edges: the pure decisions of one customer, run against a model Stripe until nothing is left.
// Promises: it throws where the decisions never come to an end.

import type { CustomerDocument } from '../../src/customer/document.ts'
import { sealed } from '../../src/customer/seal.ts'
import type { Moment } from '../../src/event/outbox.ts'
import { answered, opened, refusedBy } from '../../src/sync/intent.ts'
import type { Policy } from '../../src/sync/merge.ts'
import { accept } from '../../src/sync/observe.ts'
import { nextStep } from '../../src/sync/plan.ts'
import { aMoment } from './documents.ts'
import type { ModelAnswer, ModelStripe } from './stripe-model.ts'

export interface Ran {
  doc: CustomerDocument
  steps: string[]
}

/** Steps until `done`; more than `stepsMax` is a loop. */
export function runLane(
  start: CustomerDocument,
  stripe: ModelStripe,
  options: { policyFor?: (leaf: string) => Policy; stepsMax?: number; moment?: Moment } = {},
): Ran {
  const { policyFor = () => 'ours' as const, stepsMax = 200, moment = aMoment() } = options
  const steps: string[] = []
  let doc = start
  for (;;) {
    const step = nextStep(doc)
    if (step.kind === 'done') return { doc, steps }
    steps.push(step.kind)
    if (steps.length > stepsMax) throw new Error(`no end: ${steps.slice(-6).join(', ')}`)
    doc = sealed(taken(doc), moment.now)
  }

  function taken(current: CustomerDocument): CustomerDocument {
    const step = nextStep(current)
    if (step.kind === 'look') {
      return accept(current, { customer: stripe.customer(), lookedFor: current.wanted, policyFor }, moment)
    }
    if (step.kind !== 'create' && step.kind !== 'update')
      throw new Error(`nothing was left open: ${step.kind}`)
    const open = opened(current, step, moment.now)
    const form = open.intent?.form ?? []
    return ended(open, step.kind === 'create' ? stripe.create(form) : stripe.update(form))
  }

  function ended(open: CustomerDocument, answer: ModelAnswer): CustomerDocument {
    if (answer.kind === 'refused') return refusedBy(open, answer, moment)
    return answered(open, { customer: answer.customer, replayed: false, policyFor }, moment)
  }
}
