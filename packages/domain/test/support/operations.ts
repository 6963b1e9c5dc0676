// Owns the builder of operations for the tests of what they do to a customer.

import { type Applied, applyOperation } from '../../src/customer/apply.ts'
import type { CustomerDocument } from '../../src/customer/document.ts'
import type { CustomerInput, Operation, OperationBody } from '../../src/operation/operation.ts'
import { aMoment, at } from './documents.ts'

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

export const update = (input: CustomerInput): OperationBody => ({ kind: 'update', input })
export const create = (input: CustomerInput = {}): OperationBody => ({ kind: 'create', key: 'key-1', input })
