// Owns the words in which a schema is described where its own form says too little: a number that travels as text, a
// check that is written as code.

import { z } from 'zod'

/** JSON Schema (2020-12), in the part that is used here. */
export type JsonSchema = z.core.JSONSchema.JSONSchema

/** What the API's description says of a schema instead of what could be read from it. */
export const descriptions = z.registry<{ json: JsonSchema }>()

/** The same schema, described so. It must describe what the schema takes: nothing compares the two. */
export function described<Schema extends z.ZodType>(schema: Schema, json: JsonSchema): Schema {
  descriptions.add(schema, { json })
  return schema
}
