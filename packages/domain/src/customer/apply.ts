// Owns what an operation does to a customer (DESIGN section 4). Pure: uniqueness is judged by the store's indexes.
// Promises: an operation is applied as a whole or rejected with a code and no effect; one that changes nothing
// is applied and leaves the version alone.

import type { ErrorCode } from '../error/catalogue.ts'
import type { EventType } from '../event/catalogue.ts'
import { type Moment, withCallersEvent, withEvent } from '../event/outbox.ts'
import { isCommand } from '../command/command.ts'
import {
  archivedMayChange,
  type CustomerInput,
  type MoveKind,
  movesFrom,
  type Operation,
  type OperationBody,
  type StatusMoveKind,
  statusMoves,
  takesCommands,
  takesLinks,
  takesPurge,
  takesStatusMoves,
} from '../operation/operation.ts'
import { fieldChanges } from './changes.ts'
import { type CustomerDocument, newCustomer, wantsLink } from './document.ts'
import { withInput } from './fields.ts'
import { revised } from './seal.ts'
import { customerView } from './view.ts'
import { enqueued } from './waiting-commands.ts'
import { wanting } from '../sync/intent.ts'
import { withReturned } from '../sync/returned.ts'

/**
 * What became of one operation: the document after it, or the reason for its refusal. `waiting`: it is in the document, and
 * Stripe must carry it out before it is settled.
 */
export type Applied =
  | { kind: 'applied' | 'waiting'; doc: CustomerDocument }
  | { kind: 'rejected'; code: ErrorCode }

/** Applies one operation to the document as it stands; null: there is none yet. */
export function applyOperation(doc: CustomerDocument | null, operation: Operation, moment: Moment): Applied {
  const { body } = operation
  if (doc?.tombstone) return rejected('not_found')
  if (body.kind === 'create') return doc ? rejected('key_taken') : created(operation, body, moment)
  if (body.kind === 'register' && !doc) return registered(operation, body, moment)
  if (!doc) return rejected('not_found')
  if (operation.if_match !== null && operation.if_match !== doc.version) return rejected('version_mismatch')
  // Whoever asked for its end will not see it change any more.
  if (doc.purge) return rejected('not_allowed_in_state')
  if (body.kind === 'purge') return purging(doc, operation, body.erase)
  if (isCommand(body)) return commanded(doc, operation)
  if (body.kind === 'register') return registeredAgain(doc, body.input, moment)
  if (body.kind === 'resync') return resynced(doc)
  if (isStatusMove(body.kind)) return promoted(doc, body.kind, moment)
  if (body.kind === 'event') {
    const { type, data } = body
    return applied(withCallersEvent(doc, { id: operation._id, type, at: moment.now, data }))
  }
  const target = movesFrom[doc.state][body.kind]
  if (!target) return rejected('not_allowed_in_state')
  if (body.kind === 'update')
    return isRelink(doc, body) ? linking(doc, operation, body) : updated(doc, body.input, moment)
  if (body.kind === 'delete') return deleted(doc, body.input, moment)
  return moved(doc, body.kind, target === 'before' ? (doc.state_before_deleted ?? 'active') : target, moment)
}

function isStatusMove(kind: OperationBody['kind']): kind is StatusMoveKind {
  return Object.hasOwn(statusMoves, kind)
}

function created(
  operation: Operation,
  body: Extract<OperationBody, { kind: 'create' | 'register' }>,
  moment: Moment,
): Applied {
  const birth = {
    id: operation.customer_id,
    tenantId: operation.tenant_id,
    key: body.key,
    at: moment.now,
    touchedByApi: true,
  }
  const doc = withInput(newCustomer(birth), body.input)
  if (isPersonAndCompany(doc)) return rejected('invalid_request')
  const made = told(doc, moment, 'customer.created', null)
  const stripeId = body.kind === 'create' ? body.external_billing_id : undefined
  if (stripeId === undefined) return applied(made)
  const link = { operation_id: operation._id, stripe_id: stripeId, creates: true as const }
  return { kind: 'waiting', doc: { ...made, link } }
}

/** Who registers without an e-mail could not be told from anybody else. */
function registered(
  operation: Operation,
  body: Extract<OperationBody, { kind: 'register' }>,
  moment: Moment,
): Applied {
  return (body.input.email ?? null) === null ? rejected('invalid_request') : created(operation, body, moment)
}

/** A profile that changed; one that was archived with its user comes back. */
function registeredAgain(doc: CustomerDocument, input: CustomerInput, moment: Moment): Applied {
  if (doc.state === 'deleted') return rejected('not_allowed_in_state')
  const back = doc.state === 'archived' ? moved(doc, 'unarchive', 'active', moment) : applied(doc)
  return back.kind === 'rejected' ? back : updated(back.doc, input, moment)
}

type Update = Extract<OperationBody, { kind: 'update' }>

/** The same id again, as in a customer that is written back as it was read, asks for nothing. */
function isRelink(doc: CustomerDocument, { external_billing_id: stripeId }: Update): boolean {
  return stripeId !== undefined && stripeId !== doc.stripe_id
}

function linking(doc: CustomerDocument, { _id }: Operation, body: Update): Applied {
  if (!takesLinks.has(doc.state)) return rejected('not_allowed_in_state')
  if (doc.stripe_id !== undefined && !body.relink) return rejected('forbidden')
  // Refused by Stripe after other fields were applied, it would be neither applied nor rejected.
  if (Object.keys(body.input).length > 0) return rejected('link_goes_alone')
  if (doc.link) return rejected('link_under_way')
  const link = {
    operation_id: _id,
    stripe_id: body.external_billing_id ?? '',
    ...(body.relink && { relink: true as const }),
  }
  return { kind: 'waiting', doc: { ...doc, touched_by_api: true, link } }
}

/** A customer is a person or a company, never both. */
function isPersonAndCompany(doc: CustomerDocument): boolean {
  return doc.user_id !== null && doc.company_id !== null
}

function updated(doc: CustomerDocument, input: CustomerInput, moment: Moment): Applied {
  const names = Object.keys(input) as (keyof CustomerInput)[] // The schema at the door admits no other key.
  if (doc.state === 'archived' && names.some((name) => !archivedMayChange.has(name))) {
    return rejected('not_allowed_in_state')
  }
  const fixed = doc.stripe?.currency
  if (fixed && input.currency !== undefined && input.currency !== fixed) return rejected('currency_fixed')
  // Stripe's currency is the one that callers see: to write it again changes nothing.
  const { currency: _, ...rest } = input
  const next = withReturned(doc, { ...withInput(doc, fixed ? rest : input), touched_by_api: true })
  if (isPersonAndCompany(next)) return rejected('invalid_request')
  // A claim alone may change (the same e-mail, now a caller's): that needs a write, but no event and no version.
  if (fieldChanges(doc, next).length === 0) return applied(next)
  return applied(told(revised(next, moment.now), moment, 'customer.updated', doc))
}

/** Nobody is deleted who still pays: the subscriptions end first. */
function isSubscribed(doc: CustomerDocument): boolean {
  return (doc.live_subscriptions?.length ?? 0) > 0
}

function purging(doc: CustomerDocument, { _id }: Operation, erase: boolean): Applied {
  if (!takesPurge.has(doc.state)) return rejected('not_allowed_in_state')
  if (isSubscribed(doc)) return rejected('has_active_subscriptions')
  return { kind: 'waiting', doc: { ...doc, touched_by_api: true, purge: { operation_id: _id, erase } } }
}

/** One for a customer that has no Stripe customer and wants none would wait for ever (counterexample 29). */
function commanded(doc: CustomerDocument, operation: Operation): Applied {
  if (doc.stripe_id === undefined && !doc.intent && !wantsLink(doc)) return rejected('not_linked')
  if (!takesCommands.has(doc.state)) return rejected('not_allowed_in_state')
  return { kind: 'waiting', doc: enqueued({ ...doc, touched_by_api: true }, operation) }
}

/** Where Stripe has no such customer and never will, there is nothing to read. */
function resynced(doc: CustomerDocument): Applied {
  const isReadable = doc.stripe_id !== undefined || doc.intent !== null || wantsLink(doc)
  if (!isReadable) return rejected('not_linked')
  return applied({ ...wanting(doc), next_attempt_at: null, touched_by_api: true })
}

function promoted(doc: CustomerDocument, kind: StatusMoveKind, moment: Moment): Applied {
  if (!takesStatusMoves.has(doc.state)) return rejected('not_allowed_in_state')
  const { from, to } = statusMoves[kind]
  if (doc.status !== from) return rejected('invalid_transition')
  const churned_at = kind === 'churn' ? moment.now : null
  const next: CustomerDocument = {
    ...revised(doc, moment.now),
    status: to,
    churned_at,
    touched_by_api: true,
  }
  return applied(told(next, moment, 'customer.status_changed', doc))
}

function deleted(doc: CustomerDocument, input: CustomerInput | undefined, moment: Moment): Applied {
  if (isSubscribed(doc)) return rejected('has_active_subscriptions')
  const last = input === undefined ? applied(doc) : updated(doc, input, moment)
  return last.kind === 'rejected' ? last : moved(last.doc, 'delete', 'deleted', moment)
}

function moved(
  doc: CustomerDocument,
  kind: MoveKind,
  state: CustomerDocument['state'],
  moment: Moment,
): Applied {
  const next: CustomerDocument = {
    ...revised(doc, moment.now),
    state,
    touched_by_api: true,
    state_before_deleted: kind === 'delete' ? doc.state : null,
    deleted_at: kind === 'delete' ? moment.now : null,
  }
  return applied(told(next, moment, moveEvents[kind], doc))
}

const moveEvents = {
  delete: 'customer.deleted',
  restore: 'customer.restored',
  archive: 'customer.archived',
  unarchive: 'customer.unarchived',
  suspend: 'customer.suspended',
  unsuspend: 'customer.unsuspended',
} as const satisfies Record<MoveKind, EventType>

function told(doc: CustomerDocument, moment: Moment, type: EventType, before: CustomerDocument | null) {
  const { sync: _, ...customer } = customerView(doc)
  return withEvent(doc, moment, {
    type,
    data: { by: 'api', customer, changes: before ? fieldChanges(before, doc) : [] },
  })
}

function applied(doc: CustomerDocument): Applied {
  return { kind: 'applied', doc }
}

function rejected(code: ErrorCode): Applied {
  return { kind: 'rejected', code }
}
