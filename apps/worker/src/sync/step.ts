// Owns the shape of a step of lane 2: it is given a document and the way to Stripe, and ends in one of two ways.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import type { Ports } from '../ports.ts'
import type { Passage } from '../tenant-gate.ts'

/** again: plan anew, on this document if it is known. stopped: the turn ends here. */
export type StepResult =
  | { kind: 'again'; doc: CustomerDocument | null }
  | { kind: 'stopped'; outcome: 'waiting' | 'parked' | 'paused' }

export type OpenPassage = Extract<Passage, { kind: 'open' }>

export type StepOf = (ports: Ports, passage: OpenPassage, doc: CustomerDocument) => Promise<StepResult>
