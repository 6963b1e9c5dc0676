// Owns what every write has in common on the wire: its headers, its answers, its refusals.

import type { ErrorCode } from '@lockstep/domain/error/catalogue'
import { z } from 'zod'
import { customerAnswered, customerId } from '../customers/customer-answer.ts'
import { type AnswerShape, answers } from '../http/answer-shape.ts'
import { idempotencyKey, ifMatch } from '../http/conditions.ts'
import { prefer } from '../http/prefer.ts'
import { operationAccepted } from './operation-answer.ts'

/** The headers of a write that makes something new. */
export const createHeaders = z.object({ Prefer: prefer, 'Idempotency-Key': idempotencyKey })

/** The headers of a write to something that has a version. */
export const changeHeaders = createHeaders.extend({ 'If-Match': ifMatch })

/** The answer of a write that was not waited for. */
export const accepted: AnswerShape = answers('Accepted: durable, not applied yet.', operationAccepted, {
  headers: ['Location', 'Preference-Applied'],
})

/** The answers of a write to a customer. */
export const changed = {
  200: answers('Applied: the customer right after it.', customerAnswered, {
    headers: ['ETag', 'Preference-Applied'],
  }),
  202: accepted,
} as const

/** The answers of a create. */
export const created = {
  201: answers('Applied: the new customer.', customerAnswered, {
    headers: ['ETag', 'Location', 'Preference-Applied'],
  }),
  202: accepted,
} as const

/** What a purge answers. */
export const purged = {
  200: answers(
    'Done: only a tombstone is left.',
    z.strictObject({ id: customerId, purged: z.literal(true) }),
    { headers: ['ETag', 'Preference-Applied'] },
  ),
  202: accepted,
} as const

/** What every write may be refused for, whatever it writes. */
export const writeRefusals = [
  'idempotency_key_reused',
  'too_many_waiting',
  'discarded',
  'erased',
] as const satisfies ErrorCode[]
