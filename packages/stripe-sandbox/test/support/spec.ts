/**
 * Owns the check of answers against `spec/openapi-core.json`.
 * Promises: an answer that the specification does not allow fails with the place and the reason; a route that it does not hold passes
 * unchecked and says so.
 */
import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'

type Schema = { [name: string]: unknown }

/** Checks one answer. Returns false if the specification does not hold the route; throws if the answer is wrong. */
export type CheckAnswer = (method: string, template: string, status: number, body: unknown) => boolean

/** Compiles the specification. */
export function openAnswerCheck(): CheckAnswer {
  const spec = JSON.parse(readFileSync(new URL('../../spec/openapi-core.json', import.meta.url), 'utf8'))
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
  ajv.addSchema({ $id: 'spec', components: toJsonSchema(spec.components) })
  const compiled = new Map<string, ValidateFunction | undefined>()
  const validator = (method: string, template: string, ok: boolean) => {
    const name = `${method} ${template} ${ok}`
    if (!compiled.has(name)) {
      const path = Object.keys(spec.paths).find((known) => sameTemplate(known, template)) ?? ''
      const responses = spec.paths[path]?.[method.toLowerCase()]?.responses
      const schema = responses?.[ok ? '200' : 'default']?.content['application/json'].schema
      compiled.set(name, schema ? ajv.compile(pointed(toJsonSchema(schema))) : undefined)
    }
    return compiled.get(name)
  }
  return (method, template, status, body) => {
    const validate = validator(method, template, status === 200)
    if (!validate) return false
    if (!validate(body)) {
      throw new Error(
        `${method} ${template} ${status}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`,
      )
    }
    return true
  }
}

function sameTemplate(one: string, other: string): boolean {
  return one.replaceAll(/\{\w+\}/g, '{}') === other.replaceAll(/\{\w+\}/g, '{}')
}

/** OpenAPI's `nullable` in the words of JSON Schema. */
function toJsonSchema(schema: unknown): Schema {
  // The specification is a file of this package; the recursion only rebuilds it.
  return rebuild(schema) as Schema
}

function rebuild(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(rebuild)
  if (typeof schema !== 'object' || schema === null) return schema
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(schema).map(([name, inner]) => [name, rebuild(inner)]),
  )
  const open =
    'x-open-enum' in rest
      ? Object.fromEntries(Object.entries(rest).filter(([name]) => name !== 'enum'))
      : rest
  return nullable ? { anyOf: [open, { type: 'null' }] } : open
}

function pointed(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"spec#/components/'))
}
