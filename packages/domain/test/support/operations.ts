// Owns the builders of operations, and of the customers that wait for them, for the tests of the pure core.

import { type Applied, applyOperation } from '../../src/customer/apply.ts'
import type { CustomerDocument } from '../../src/customer/document.ts'
import type { CustomerInput, Operation, OperationBody } from '../../src/operation/operation.ts'
import { openedCommand } from '../../src/sync/command-intent.ts'
import { aMoment, anAgreed, at } from './documents.ts'

/** An accepted operation on the one customer of these tests. */
export function anOperation(body: OperationBody, fields: Partial<Operation> = {}): Operation {
  return {
    _id: 'operation-1',
    tenant_id: 'tenant-1',
    customer_id: 'customer-1',
    number: 1,
    status: 'accepted',
    body,
    if_match: null,
    api_key_id: 'api-key-1',
    request_hash: 'hash',
    accepted_at: at,
    ...fields,
  }
}

/** What becomes of it, a second later. */
export function applying(
  doc: CustomerDocument | null,
  body: OperationBody,
  fields: Partial<Operation> = {},
): Applied {
  return applyOperation(doc, anOperation(body, fields), aMoment(at + 1000))
}

/** The document after an operation that must be applied. */
export function after(doc: CustomerDocument | null, body: OperationBody): CustomerDocument {
  const result = applying(doc, body)
  if (result.kind === 'rejected') throw new Error(result.code)
  return result.doc
}

/** The code that it is refused with; `applied` where it is not. */
export function refusalOf(
  doc: CustomerDocument | null,
  body: OperationBody,
  fields: Partial<Operation> = {},
): string {
  const result = applying(doc, body, fields)
  return result.kind === 'rejected' ? result.code : 'applied'
}

/** The document with a command, or a purge, in line, as lane 1 notes it. */
export function waitingFor(doc: CustomerDocument, body: OperationBody, id = 'operation-1'): CustomerDocument {
  const result = applying(doc, body, { _id: id })
  if (result.kind !== 'waiting') throw new Error(`it is ${result.kind}`)
  const entry = { id, code: null, version: doc.version, waiting: true } as const
  return { ...result.doc, applied: [...result.doc.applied, entry] }
}

export const credit: OperationBody = { kind: 'credit', amount: -500, currency: 'eur', reason: null }

/** A linked customer whose first command, a credit, is on its way to Stripe. */
export function crediting(doc = waitingFor(anAgreed({ name: 'Ada' }), credit)): CustomerDocument {
  return openedCommand(doc, anOperation(credit), at)
}

export const update = (input: CustomerInput): OperationBody => ({ kind: 'update', input })
export const create = (input: CustomerInput = {}): OperationBody => ({ kind: 'create', key: 'key-1', input })
