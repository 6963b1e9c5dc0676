// Owns the schemas of events as they are answered.

import { z } from 'zod'

/** One event, in the log, on the stream and in deliveries. */
export const eventAnswered = z
  .strictObject({
    id: z.string(),
    type: z.string(),
    version: z.int().meta({ description: 'Of the schema of `data`; see the event types.' }),
    timestamp: z.iso.datetime(),
    position: z.int().meta({ description: 'Its place in the log, without gaps.' }),
    customer_id: z.uuid().nullable(),
    sequence: z.int().nullable().meta({ description: 'The customer’s own count of its events.' }),
    data: z.json(),
  })
  .meta({ id: 'Event' })

/** A type of the catalogue. */
export const eventTypeAnswered = z
  .strictObject({
    type: z.string(),
    version: z.int(),
    description: z.string(),
    data_schema: z.record(z.string(), z.json()).meta({ description: 'JSON Schema of `data`.' }),
  })
  .meta({ id: 'EventType' })

/** A caller's event that was taken. */
export const eventAccepted = z
  .strictObject({ id: z.uuid(), type: z.string(), customer_id: z.uuid().nullable() })
  .meta({ id: 'AcceptedEvent' })
