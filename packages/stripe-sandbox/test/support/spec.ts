/**
 * Owns the checks against `spec/openapi-core.json`: answers of its operations, objects of its kinds, errors.
 * Promises: what the specification does not allow is named with its place; what it does not hold is `undefined`, never a silent pass.
 * Enums that Stripe may extend are closed here: the sandbox has no business with a value that is not listed.
 */
import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'

/** What is wrong with a value, each problem with its place; empty if nothing is. */
export type Problems = string[]

/** The checks. `undefined` means that the specification holds no such thing. */
export type Spec = {
  /** The answer of an operation: status 200 if `ok`, an error otherwise. */
  answer(method: string, template: string, ok: boolean, body: unknown): Problems | undefined
  /** An object of a kind (`customer`, `tax_id` …), or the stub that is left of a deleted one. */
  object(kind: string, deleted: boolean, value: unknown): Problems | undefined
  /** An error in its envelope: one of the four types, one of the 209 codes, no member that Stripe does not have. */
  error(body: unknown): Problems
}

/** Reads and compiles the specification; schemas are compiled when they are first needed. */
export function openSpecification(): Spec {
  const spec = JSON.parse(readFileSync(new URL('../../spec/openapi-core.json', import.meta.url), 'utf8'))
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
  const components: { readonly schemas: { readonly [name: string]: Schema } } = rebuild(spec.components)
  const { error, api_errors: members } = components.schemas
  const closedMembers = { ...members, additionalProperties: false }
  const closed = { ...error, required: ['error'], additionalProperties: false }
  ajv.addSchema({
    $id: 'spec',
    components: { schemas: { ...components.schemas, api_errors: closedMembers, error: closed } },
  })
  const compiled = new Map<string, ValidateFunction | undefined>()

  function problems(name: string, find: () => unknown, value: unknown): Problems | undefined {
    if (!compiled.has(name)) {
      const schema = find()
      compiled.set(name, schema ? ajv.compile(pointed(rebuild(schema))) : undefined)
    }
    const validate = compiled.get(name)
    if (!validate) return undefined
    if (validate(value)) return []
    return (validate.errors ?? []).map((one) => `${one.instancePath} ${one.message ?? one.keyword}`)
  }

  const named = (name: string | undefined) => (name ? { $ref: `#/components/schemas/${name}` } : undefined)
  const kinds = Object.entries(components.schemas)
  return {
    answer: (method, template, ok, body) =>
      problems(
        `${method} ${template} ${ok}`,
        () => {
          const path = Object.keys(spec.paths).find((known) => sameTemplate(known, template)) ?? ''
          const responses = spec.paths[path]?.[method.toLowerCase()]?.responses
          return responses?.[ok ? '200' : 'default']?.content['application/json'].schema
        },
        body,
      ),
    object: (kind, deleted, value) =>
      problems(
        `${kind} ${deleted}`,
        () =>
          named(
            kinds.find(
              ([name, schema]) => schema['x-object'] === kind && name.startsWith('Deleted') === deleted,
            )?.[0],
          ),
        value,
      ),
    error: (body) => problems('error', () => named('error'), body) ?? ['the specification has no errors'],
  }
}

type Schema = { readonly [name: string]: unknown }

function sameTemplate(one: string, other: string): boolean {
  return one.replaceAll(/\{\w+\}/g, '{}') === other.replaceAll(/\{\w+\}/g, '{}')
}

/** OpenAPI's `nullable` in the words of JSON Schema. */
function rebuild<T>(schema: T): T {
  return JSON.parse(JSON.stringify(schema), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('nullable' in value)) return value
    const { nullable, ...rest } = value
    return nullable === true ? { anyOf: [rest, { type: 'null' }] } : rest
  })
}

function pointed(schema: object): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"spec#/components/'))
}
