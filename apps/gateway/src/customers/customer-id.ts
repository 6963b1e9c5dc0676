// Owns how an id in a path is read. Promises: what is no UUID names nobody, which is 404 and no fault.

import { z } from 'zod'
import { unsafeText } from '../schema/parse.ts'

/** A UUID of a path, lower-cased. */
export const uuidInPath = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
  .toLowerCase()
  .meta({ format: 'uuid' })

/** Somebody else's word in a path, such as a key. What cannot be stored names nobody. */
export const wordInPath = z.string().refine((text) => unsafeText(text) === null)

/** The parameters of everything below one customer. */
export const customerParams = z.strictObject({
  id: uuidInPath.meta({ description: 'Our id of the customer.' }),
})
