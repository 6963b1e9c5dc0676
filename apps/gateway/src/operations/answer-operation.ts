// Owns the answer to a write: from its operation, settled or not, to status, headers and body (DESIGN section 5).
// Promises: the same operation gives the same answer to every repeat of its request; once the operation is durable
// nothing here fails the request: what cannot be told yet is 202.

import type { Clock } from '@lockstep/domain/clock/clock'
import { type CustomerView, customerView } from '@lockstep/domain/customer/view'
import { bug, isErrorCode, LockstepError } from '@lockstep/domain/error/catalogue'
import { type OperationOutcome, shownStatus } from '@lockstep/domain/operation/operation'
import type { Store } from '@lockstep/domain/store/store'
import { preferenceApplied, type Wait } from '../http/prefer.ts'
import { type Answer, success } from '../http/route.ts'
import { flowOf, type ReadTenant } from '../tenants.ts'
import type { AcceptedOperation } from './accept-operation.ts'
import { withPortalLink } from './portal-link.ts'
import { type Watch, waitFor } from './wait-outcome.ts'

export interface AnswerDeps {
  store: Pick<Store, 'readCustomer' | 'readPortalLink'>
  readTenant: ReadTenant
  clock: Clock
}

/** A write that was accepted, and what its caller still waits for. */
export interface Answering {
  operation: AcceptedOperation
  wait: Wait
  /** Where the caller finds customers: `/v1/customers`, or a mount of it. */
  collection: string
  /** What is answered of the customer. */
  show: (customer: CustomerView) => unknown
  /** Listens for "this customer is in step"; null where the caller did not ask for that. */
  synced: Watch | null
  /** Clock time (ms). */
  deadline: number
  signal: AbortSignal
}

/** 200 or 201 with the customer, or with what Stripe's answer came to; 202 while it is not applied (or not in step, where asked for), else a problem. */
export async function answerOperation(deps: AnswerDeps, answering: Answering): Promise<Answer> {
  const { operation, wait } = answering
  const { outcome } = operation
  if (!outcome) return accepted(operation, wait)
  if (outcome.code !== null) throw rejection(outcome.code, outcome)
  const { version } = outcome
  const shown = await withPortalLink(deps, operation, shownOf(answering, outcome))
  if (!wait.untilSynced) return applied(answering, { shown, version, synced: false })
  const fresh = await whenSynced(deps, answering)
  if (!fresh) return accepted(operation, wait)
  // What a command or a purge came to does not change while both sides find together.
  if (outcome.customer === null) return applied(answering, { shown, version, synced: true })
  return applied(answering, { shown: answering.show(fresh), version: fresh.version, synced: true })
}

/** The customer right after it, or what Stripe's answer came to. An erasure leaves neither. */
function shownOf(
  { operation: { body, customer_id: id }, show }: Answering,
  { customer, result }: OperationOutcome,
): unknown {
  // Written by the worker's snapshotOf: it is the text of a view.
  if (customer !== null) return show(JSON.parse(customer))
  if (result !== undefined) return JSON.parse(result)
  if (body.kind === 'purge') return { id, purged: true }
  throw new LockstepError('erased')
}

async function whenSynced({ store, readTenant, clock }: AnswerDeps, answering: Answering) {
  const { operation, synced, deadline, signal } = answering
  if (!synced) return null
  const look = async () => {
    const doc = await store.readCustomer({ tenantId: operation.tenant_id, customerId: operation.customer_id })
    if (!doc) return null
    const view = customerView(doc, { flow: await flowOf(readTenant, operation.tenant_id) })
    return view.sync.state === 'synced' ? view : null
  }
  // A repeat, or a change that Stripe need not hear of, may be in step already.
  const now = await look().catch(() => null)
  return now ?? (await waitFor({ watch: synced, read: look, deadline, signal, clock }))
}

function applied(
  { operation, wait, collection }: Answering,
  result: { shown: unknown; version: number | null; synced: boolean },
): Answer {
  const created = operation.body.kind === 'create'
  return {
    status: created ? 201 : 200,
    headers: {
      ...(result.version === null ? {} : { ETag: `"${result.version}"` }),
      ...(created ? { Location: `${collection}/${operation.customer_id}` } : {}),
      ...preferenceHeader(wait, { accepted: false, synced: result.synced }),
    },
    body: success(result.shown),
  }
}

function accepted(operation: AcceptedOperation, wait: Wait): Answer {
  return {
    status: 202,
    headers: {
      Location: `/v1/operations/${operation._id}`,
      ...preferenceHeader(wait, { accepted: true, synced: false }),
    },
    body: success({
      id: operation.customer_id,
      operation_id: operation._id,
      kind: operation.body.kind,
      status: shownStatus(operation),
      accepted_at: new Date(operation.accepted_at).toISOString(),
    }),
  }
}

function preferenceHeader(
  wait: Wait,
  answered: { accepted: boolean; synced: boolean },
): Record<string, string> {
  const value = preferenceApplied(wait, answered)
  return value === null ? {} : { 'Preference-Applied': value }
}

function rejection(code: string, { stripe }: OperationOutcome): Error {
  if (!isErrorCode(code)) return bug(`a rejection with the unknown code ${code}`)
  return new LockstepError(code, stripe ? { stripe } : {})
}
