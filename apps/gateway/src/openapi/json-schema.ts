// Owns the way from a zod schema to JSON Schema as OpenAPI 3.1 takes it (2020-12).
// Promises: schemas with an id become components, once; two that share an id and differ are a bug.

import { bug } from '@lockstep/domain/error/catalogue'
import { z } from 'zod'
import { descriptions, type JsonSchema } from '../schema/described.ts'

export interface SchemaWriter {
  /** What a caller sends: before any transformation. */
  sent: (schema: z.ZodType) => JsonSchema
  /** What a caller is answered. */
  answered: (schema: z.ZodType) => JsonSchema
  /** Everything with an id that was written so far, by that id. */
  components: () => Record<string, JsonSchema>
}

/** Writes schemas and collects their components. */
export function schemaWriter(): SchemaWriter {
  const components = new Map<string, JsonSchema>()
  const write = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
    const written = z.toJSONSchema(schema, {
      io,
      // A transformation has no form of its own: `described` says what it takes.
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        const given = descriptions.get(zodSchema)
        if (!given) return
        for (const name of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, name)
        Object.assign(jsonSchema, given.json)
      },
    })
    const { $schema: _, $defs = {}, ...rest } = withComponentRefs(written)
    for (const [id, { id: __, ...component }] of Object.entries($defs as Record<string, JsonSchema>)) {
      const known = components.get(id)
      if (known && JSON.stringify(known) !== JSON.stringify(component))
        throw bug(`two schemas are called ${id}`)
      components.set(id, component)
    }
    return rest
  }
  return {
    sent: (schema) => write(schema, 'input'),
    answered: (schema) => write(schema, 'output'),
    components: () => Object.fromEntries([...components].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  }
}

/** `#/$defs/X` is where zod puts what has an id; OpenAPI keeps it in one place for all. */
function withComponentRefs(schema: JsonSchema): JsonSchema {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')
  return JSON.parse(text) as JsonSchema // It was one a line above.
}
