// Owns the users of upstream systems: each has one customer, which follows it.
// Promises: registered, changed or brought back by one operation, whatever was there; a deletion archives, and deletes nothing.

import type { Clock } from '@lockstep/domain/clock/clock'
import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { type CustomerView, customerView } from '@lockstep/domain/customer/view'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { Store } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { customerId as customerIdAnswered } from '../customers/customer-answer.ts'
import { wordInPath } from '../customers/customer-id.ts'
import { moveRequest } from '../customers/customer-requests.ts'
import { answers } from '../http/answer-shape.ts'
import { prefer } from '../http/prefer.ts'
import { apiRoute, type Caller, type Route, success } from '../http/route.ts'
import { accepted, createHeaders, writeRefusals } from '../operations/write-shape.ts'
import { type OutcomeWaiters, waitFor } from '../operations/wait-outcome.ts'
import type { WriteOperation } from '../operations/write-operation.ts'
import { email, metadata, phone, text } from '../schema/field-rules.ts'
import { userCustomer } from './user-customer.ts'

/** Characters of a user's id: the customer carries it as `user_id`. */
const idMax = 255
/** Seconds until a customer that is not at Stripe yet is worth another question. */
const retryAfter = 1

const userParams = z.strictObject({
  id: wordInPath.max(idMax).meta({ description: 'The user’s id in the caller’s system.' }),
})

const profile = z
  .strictObject({
    email: email.exactOptional(),
    name: text(255).exactOptional(),
    phone: phone.exactOptional(),
    metadata: metadata.exactOptional(),
  })
  .meta({
    id: 'UserProfile',
    description: 'An absent field stays, null clears it; `email` is needed to register.',
  })

const textOrNull = z.string().nullable()
const userAnswered = z
  .strictObject({
    id: z.string(),
    email: textOrNull,
    name: textOrNull,
    phone: textOrNull,
    metadata: z.record(z.string(), z.unknown()),
    stripe_customer_id: textOrNull,
    customer_id: customerIdAnswered,
    state: z.enum(['active', 'suspended', 'archived', 'deleted']),
  })
  .meta({ id: 'User', description: 'A user of the caller’s, and the customer that follows it.' })

const atStripe = z.strictObject({
  id: z.string(),
  customer_id: customerIdAnswered,
  stripe_customer_id: textOrNull,
})

export interface UserDeps {
  store: Pick<Store, 'readCustomer' | 'countWaiting'>
  write: WriteOperation
  waiters: OutcomeWaiters
  clock: Clock
}

/** PUT, GET and DELETE of a user, and the question for its Stripe customer. */
export function userRoutes({ store, write, waiters, clock }: UserDeps): Route[] {
  const route = { group: 'users', scope: 'customers', path: '/v1/users/:id' } as const
  const userAnswer = answers('The user.', userAnswered)
  const written = {
    200: answers('Applied: the user right after it.', userAnswered, {
      headers: ['ETag', 'Preference-Applied'],
    }),
    202: accepted,
  }
  const found = async ({ tenantId }: Caller, userId: string): Promise<CustomerDocument> => {
    const { doc, customerId } = await userCustomer(store, tenantId, userId)
    if (doc) return doc
    if ((await store.countWaiting({ tenantId, customerId }, 1)) > 0)
      throw new LockstepError('pending', { retryAfter })
    throw new LockstepError('not_found')
  }
  return [
    apiRoute({
      ...route,
      method: 'PUT',
      name: 'put_user',
      does: 'Registers a user, or changes its profile; its customer follows.',
      accepts: { params: userParams, headers: createHeaders, body: profile },
      answers: written,
      refuses: [...writeRefusals, 'email_taken', 'key_taken', 'not_allowed_in_state', 'not_found'],
      async handle(request) {
        const { tenantId } = request.caller
        const userId = request.params.id
        const { customerId, doc } = await userCustomer(store, tenantId, userId)
        const isNew = !doc && (await store.countWaiting({ tenantId, customerId }, 1)) === 0
        if (isNew && (request.body.email ?? null) === null) throw needsEmail()
        return await write(request, {
          customerId,
          resource: `/v1/users/${encodeURIComponent(userId)}`,
          body: { kind: 'register', key: customerId, input: { ...request.body, user_id: userId } },
          show: (customer) => userView(userId, customer),
        })
      },
    }),
    apiRoute({
      ...route,
      method: 'GET',
      name: 'get_user',
      does: 'Reads a user.',
      accepts: { params: userParams },
      answers: { 200: userAnswer },
      refuses: ['pending'],
      async handle({ caller, params }) {
        const doc = await found(caller, params.id)
        return { status: 200, body: success(userView(params.id, customerView(doc))) }
      },
    }),
    apiRoute({
      ...route,
      method: 'DELETE',
      name: 'delete_user',
      does: 'Archives the user’s customer. A later PUT brings it back.',
      accepts: { params: userParams, headers: createHeaders, body: moveRequest },
      answers: written,
      refuses: [...writeRefusals, 'not_allowed_in_state', 'pending'],
      async handle(request) {
        const userId = request.params.id
        const { _id: customerId } = await found(request.caller, userId)
        return await write(request, {
          customerId,
          resource: `/v1/users/${encodeURIComponent(userId)}`,
          body: { kind: 'archive' },
          show: (customer) => userView(userId, customer),
        })
      },
    }),
    apiRoute({
      ...route,
      path: '/v1/users/:id/customer',
      method: 'POST',
      name: 'ensure_user_customer',
      does: 'Tells the Stripe customer of a user, and waits for it as long as `Prefer` says.',
      accepts: { params: userParams, headers: z.object({ Prefer: prefer }), body: moveRequest },
      answers: {
        200: answers('It is there.', atStripe),
        202: answers('It is on its way.', atStripe, { headers: ['Retry-After'] }),
      },
      refuses: ['not_linked'],
      async handle({ caller, params, headers, signal }) {
        const { tenantId } = caller
        const { customerId, doc } = await userCustomer(store, tenantId, params.id)
        const isPending = !doc && (await store.countWaiting({ tenantId, customerId }, 1)) > 0
        if (!doc && !isPending) throw new LockstepError('not_found')
        const linked = async () => {
          const now = await store.readCustomer({ tenantId, customerId })
          return now && isSettled(now) ? now : null
        }
        const watch = waiters.watch({ kind: 'synced', id: customerId })
        try {
          const deadline = clock.now() + headers.Prefer.ms
          const there = (await linked()) ?? (await waitFor({ watch, read: linked, deadline, signal, clock }))
          if (there && there.stripe_id === undefined) throw new LockstepError('not_linked')
          const data = {
            id: params.id,
            customer_id: customerId,
            stripe_customer_id: there?.stripe_id ?? null,
          }
          if (there) return { status: 200, body: success(data) }
          return { status: 202, headers: { 'Retry-After': String(retryAfter) }, body: success(data) }
        } finally {
          watch.close()
        }
      },
    }),
  ]
}

/** It has a Stripe customer, or will have none. */
function isSettled({ stripe_id, state, intent }: CustomerDocument): boolean {
  return stripe_id !== undefined || (intent === null && (state === 'archived' || state === 'deleted'))
}

function needsEmail(): LockstepError {
  const errors = [{ field: 'email', message: 'is required: the user is not registered yet' }]
  return new LockstepError('invalid_request', { errors })
}

function userView(id: string, customer: CustomerView) {
  const { email, name, phone, metadata, stripe_customer_id, state } = customer
  return { id, email, name, phone, metadata, stripe_customer_id, customer_id: customer.id, state }
}
