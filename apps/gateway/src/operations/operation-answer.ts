// Owns the schemas of an operation as it is answered: to whoever reads it, and to whoever did not wait for it.

import { z } from 'zod'
import { customerAnswered, customerId } from '../customers/customer-answer.ts'

const time = z.iso.datetime()
const status = z.enum(['accepted', 'applied', 'rejected', 'parked'])

/** What became of a write. */
export const operationAnswered = z
  .strictObject({
    id: z.uuid(),
    customer_id: customerId,
    kind: z.string().meta({ description: 'create, update, delete …' }),
    status,
    code: z.string().nullable().meta({ description: 'Why it was rejected or parked.' }),
    version: z.int().nullable(),
    customer: customerAnswered.nullable().meta({ description: 'The customer right after it.' }),
    result: z
      .unknown()
      .meta({ description: 'Of what Stripe carried out: its answer, as far as it is shown.' }),
    stripe: z
      .strictObject({ code: z.string(), param: z.string().nullable() })
      .nullable()
      .meta({ description: 'What Stripe refused, in its own words.' }),
    accepted_at: time,
    settled_at: time.nullable(),
  })
  .meta({ id: 'Operation' })

/** A write that is safe, and not applied yet. */
export const operationAccepted = z
  .strictObject({
    id: customerId,
    operation_id: z.uuid(),
    kind: z.string(),
    status,
    accepted_at: time,
  })
  .meta({ id: 'AcceptedOperation', description: 'Accepted: durable, and applied soon.' })
