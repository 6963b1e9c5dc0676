// Owns the schema of a failure as it is answered: RFC 9457 with a stable `code`, made by `problemAnswer`.

import { type ErrorCode, errorCatalogue } from '@lockstep/domain/error/catalogue'
import { z } from 'zod'

// Object.keys widens; the catalogue has exactly these names, and at least one.
const codes = Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]]

/** A failure. */
export const problemSchema = z
  .looseObject({
    type: z.string().meta({ description: '`urn:lockstep:problem:<code>`' }),
    title: z.string(),
    status: z.int(),
    code: z.enum(codes),
    detail: z.string().meta({ description: 'What to do.' }),
    instance: z.string(),
    request_id: z.uuid(),
    errors: z
      .array(z.strictObject({ field: z.string(), message: z.string() }))
      .meta({ description: 'The parts of the request that are at fault, by name.' }),
    stripe: z
      .strictObject({ code: z.string(), param: z.string().nullable() })
      .optional()
      .meta({ description: 'What Stripe refused, in its own words.' }),
  })
  .meta({ id: 'Problem', description: 'A failure (RFC 9457).' })
