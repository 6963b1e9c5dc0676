// Owns the routes that move a customer: its state, its status, its end, and the look at Stripe that a caller asks for.

import type { ErrorCode } from '@lockstep/domain/error/catalogue'
import type { OperationBody } from '@lockstep/domain/operation/operation'
import { apiRoute, type Described, type Route } from '../http/route.ts'
import type { WriteOperation } from '../operations/write-operation.ts'
import { changed, changeHeaders, purged, writeRefusals } from '../operations/write-shape.ts'
import { customerParams } from './customer-id.ts'
import { moveRequest } from './customer-requests.ts'

interface Move {
  /** Below the customer; absent: DELETE of the customer itself. */
  suffix?: string
  name: string
  does: string
  body: OperationBody
  answers?: Described['answers']
  refuses: readonly ErrorCode[]
}

const noState = ['not_allowed_in_state'] as const
const noStatus = ['not_allowed_in_state', 'invalid_transition'] as const
const subscribed = ['not_allowed_in_state', 'has_active_subscriptions'] as const

const moves: readonly Move[] = [
  {
    name: 'delete_customer',
    does: 'Deletes softly; the Stripe customer stays.',
    body: { kind: 'delete' },
    refuses: subscribed,
  },
  {
    suffix: 'restore',
    name: 'restore_customer',
    does: 'Back to the state before the delete.',
    body: { kind: 'restore' },
    refuses: noState,
  },
  {
    suffix: 'archive',
    name: 'archive_customer',
    does: 'From now on only e-mail and metadata may change.',
    body: { kind: 'archive' },
    refuses: noState,
  },
  {
    suffix: 'unarchive',
    name: 'unarchive_customer',
    does: 'Back to active.',
    body: { kind: 'unarchive' },
    refuses: noState,
  },
  {
    suffix: 'suspend',
    name: 'suspend_customer',
    does: 'Marks it as suspended; at Stripe only the mark changes.',
    body: { kind: 'suspend' },
    refuses: noState,
  },
  {
    suffix: 'unsuspend',
    name: 'unsuspend_customer',
    does: 'Back to active.',
    body: { kind: 'unsuspend' },
    refuses: noState,
  },
  {
    suffix: 'qualify',
    name: 'qualify_customer',
    does: 'From lead to prospect.',
    body: { kind: 'qualify' },
    refuses: noStatus,
  },
  {
    suffix: 'convert',
    name: 'convert_customer',
    does: 'From prospect to customer.',
    body: { kind: 'convert' },
    refuses: noStatus,
  },
  {
    suffix: 'churn',
    name: 'churn_customer',
    does: 'From customer to churned.',
    body: { kind: 'churn' },
    refuses: noStatus,
  },
  {
    suffix: 'reactivate',
    name: 'reactivate_customer',
    does: 'From churned back to prospect.',
    body: { kind: 'reactivate' },
    refuses: noStatus,
  },
  {
    suffix: 'resync',
    name: 'resync_customer',
    does: 'Reads it at Stripe anew and brings both sides in step.',
    body: { kind: 'resync' },
    refuses: ['not_allowed_in_state', 'not_linked'],
  },
  {
    suffix: 'purge',
    name: 'purge_customer',
    does: 'Deletes it at Stripe and here, where a tombstone stays; for archived and deleted customers.',
    body: { kind: 'purge', erase: false },
    answers: purged,
    refuses: subscribed,
  },
  {
    suffix: 'erase',
    name: 'erase_customer',
    does: 'Purges it, and removes what was written of the person from every record.',
    body: { kind: 'purge', erase: true },
    answers: purged,
    refuses: subscribed,
  },
]

/** The moves, each a route that takes no fields. */
export function moveCustomerRoutes({ write }: { write: WriteOperation }): Route[] {
  return moves.map(({ suffix, name, does, body, answers = changed, refuses }) => {
    const below = suffix === undefined ? '' : `/${suffix}`
    return apiRoute({
      group: 'customers',
      scope: 'customers',
      method: suffix === undefined ? 'DELETE' : 'POST',
      path: `/v1/customers/:id${below}`,
      name,
      does,
      accepts: { params: customerParams, headers: changeHeaders, body: moveRequest },
      answers,
      refuses: [...writeRefusals, 'version_mismatch', ...refuses],
      handle(request) {
        const customerId = request.params.id
        return write(request, { customerId, resource: `/v1/customers/${customerId}${below}`, body })
      },
    })
  })
}
