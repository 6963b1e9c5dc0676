// Owns the acceptance of callers' own events: of a customer, as an operation like any other write, so that it takes its
// turn in the customer's own count; of nobody, straight into the log.
// Promises: what is answered is durable; a repeat under one Idempotency-Key is the same event; no caller writes a type
// of ours.

import { createHash } from 'node:crypto'
import type { Clock, Random } from '@lockstep/domain/clock/clock'
import type { Doorbell, Notices } from '@lockstep/domain/doorbell/doorbell'
import { isErrorCode, LockstepError } from '@lockstep/domain/error/catalogue'
import { callersType } from '@lockstep/domain/event/catalogue'
import { appendEvents, type Unplaced } from '@lockstep/domain/store/append-events'
import type { Store } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { ringEndpoints } from '@lockstep/domain/delivery/ring-endpoints'
import { groupCommit } from '../group-commit.ts'
import { answers } from '../http/answer-shape.ts'
import { requestHash } from '../http/conditions.ts'
import { type Answer, type ApiRequest, apiRoute, type Caller, type Route, success } from '../http/route.ts'
import type { AcceptOperation } from '../operations/accept-operation.ts'
import { createHeaders, writeRefusals } from '../operations/write-shape.ts'
import { eventAccepted } from './event-answer.ts'

/** UTF-16 units of `data` as JSON: as much as a customer's metadata may have. */
const dataMax = 32 * 1024

/** The body of POST /v1/events. */
export const eventRequest = z.strictObject({
  type: callersType,
  customer_id: z
    .uuid('must be the id of a customer')
    .transform((id) => id.toLowerCase())
    .nullable()
    .default(null),
  data: z
    .record(z.string(), z.json(), 'must be an object')
    .refine((data) => JSON.stringify(data).length <= dataMax, `must be at most ${dataMax} characters of JSON`)
    .default({}),
})

export interface AcceptEventDeps {
  store: Pick<Store, 'highestPosition' | 'appendEvents' | 'readEvent' | 'readCustomerHead' | 'listEndpoints'>
  accept: AcceptOperation
  doorbell: Doorbell
  notices: Notices
  clock: Clock
  random: Random
  elapsed: () => number
}

/** POST of an event. */
export function acceptEventRoute(deps: AcceptEventDeps): Route {
  const { store, clock } = deps
  const append = groupCommit<Unplaced, true>({
    elapsed: deps.elapsed,
    clock,
    async write(events) {
      for (const [tenantId, own] of Map.groupBy(events, (event) => event.tenant_id)) {
        await appendEvents(store, tenantId, own)
        // Where it fails the sweeper rings again.
        void ringEndpoints(deps, tenantId).catch(() => undefined)
        void deps.notices.publish([{ kind: 'events', id: tenantId }])
      }
      return events.map(() => true as const)
    },
  })

  const ofNobody = async (request: Pick<ApiRequest, 'caller'>, command: EventCommand): Promise<Answer> => {
    const { caller } = request
    if (await deps.accept.findRepeated(command)) throw new LockstepError('idempotency_key_reused')
    const id =
      command.idempotencyKey === undefined ? deps.random.uuid() : idOf(caller, command.idempotencyKey)
    const event = { _id: id, tenant_id: caller.tenantId, customer_id: null, seq: null, at: clock.now() }
    await append({ ...event, ...command.told })
    if (command.idempotencyKey !== undefined) {
      const first = await store.readEvent(caller.tenantId, id)
      if (first && (first.type !== command.told.type || first.data !== command.told.data))
        throw new LockstepError('idempotency_key_reused')
    }
    return accepted(201, { id, customerId: null, type: command.told.type })
  }

  const ofCustomer = async (
    request: Pick<ApiRequest, 'caller' | 'signal' | 'note'>,
    command: EventCommand,
    { customerId, waitMs }: { customerId: string; waitMs: number },
  ): Promise<Answer> => {
    const { caller, signal } = request
    const repeated = await deps.accept.findRepeated(command)
    if (!repeated) {
      const head = await store.readCustomerHead({ tenantId: caller.tenantId, customerId })
      if (!head || head.tombstone) throw new LockstepError('not_found')
    }
    const operation = await deps.accept.accept(
      {
        ...command,
        customerId,
        body: { kind: 'event', ...command.told },
        ifMatch: null,
        waitMs,
        signal,
      },
      repeated,
    )
    request.note({ operation_id: operation._id, outcome: operation.outcome?.code ?? operation.status })
    const { outcome } = operation
    const code = outcome?.code ?? null
    if (code !== null && isErrorCode(code)) throw new LockstepError(code)
    return accepted(outcome ? 201 : 202, { id: operation._id, customerId, type: command.told.type })
  }

  return apiRoute({
    method: 'POST',
    path: '/v1/events',
    name: 'create_event',
    does: 'Writes an event of the caller’s own, about a customer or about nobody.',
    group: 'events',
    scope: 'customers',
    accepts: { headers: createHeaders, body: eventRequest },
    answers: {
      201: answers('It is in the log, or on its way there.', eventAccepted, { headers: ['Location'] }),
      202: answers('Accepted: durable, not applied yet.', eventAccepted, { headers: ['Location'] }),
    },
    refuses: [...writeRefusals, 'not_found'],
    async handle(request) {
      const { type, customer_id: customerId, data } = request.body
      const command: EventCommand = {
        caller: request.caller,
        idempotencyKey: request.headers['Idempotency-Key'],
        requestHash: requestHash({ method: 'POST', resource: '/v1/events', body: request.received ?? null }),
        told: { type, data: JSON.stringify(data) },
      }
      if (customerId === null) return await ofNobody(request, command)
      return await ofCustomer(request, command, { customerId, waitMs: request.headers.Prefer.ms })
    },
  })
}

interface EventCommand {
  caller: Caller
  idempotencyKey: string | undefined
  requestHash: string
  told: { type: string; data: string }
}

/** One id for one Idempotency-Key of one API key, in the form of a UUID (version 8: ours to fill, RFC 9562). */
function idOf({ tenantId, keyId }: Caller, idempotencyKey: string): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([tenantId, keyId, idempotencyKey]))
    .digest('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}

/** The event's id is its operation's, so it is known before it is applied. */
function accepted(status: 201 | 202, event: { id: string; customerId: string | null; type: string }): Answer {
  return {
    status,
    headers: { Location: status === 201 ? `/v1/events/${event.id}` : `/v1/operations/${event.id}` },
    body: success({ id: event.id, type: event.type, customer_id: event.customerId }),
  }
}
