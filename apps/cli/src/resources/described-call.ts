// Owns what the command line knows of each call of the API: read from the description that the gateway serves, so that a
// new route is a new command.
// Promises: pure but for reading that one file; a call's group and name are those of the client's method.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { calls } from '@lockstep/client'
import { z } from 'zod'

/** One value that a call takes by name. */
export interface Field {
  name: string
  about: string
  /** json: whatever is no single value, as JSON. texts: a list of texts. */
  kind: 'text' | 'number' | 'boolean' | 'texts' | 'json'
  choices: string[]
  required: boolean
  nullable: boolean
}

/** One call of the API. */
export interface DescribedCall {
  /** The client's names of it: `customers`, `getByKey`. */
  group: string
  name: string
  about: string
  verb: string
  path: string
  /** Names of the path, in their order. */
  names: string[]
  /** null: it takes no body. */
  body: Field[] | null
  /** null: it takes no query. */
  query: Field[] | null
  pages: boolean
}

const schema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  get anyOf() {
    return z.array(schema).optional()
  },
  get items() {
    return schema.optional()
  },
  get properties() {
    return z.record(z.string(), schema).optional()
  },
  required: z.array(z.string()).optional(),
})
type Schema = z.output<typeof schema>

const parameter = z.object({
  name: z.string(),
  in: z.string(),
  required: z.boolean(),
  description: z.string().optional(),
  schema,
})
const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  parameters: z.array(parameter).optional(),
  requestBody: z.object({ content: z.record(z.string(), z.object({ schema })) }).optional(),
})
const description = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), schema) }),
})
type Description = z.output<typeof description>

const file = fileURLToPath(import.meta.resolve('@lockstep/gateway/openapi.json'))

/** Every call that the client has a method for. */
export function describedCalls(): DescribedCall[] {
  const api = description.parse(JSON.parse(readFileSync(file, 'utf8')))
  const operations = Object.values(api.paths).flatMap((verbs) => Object.values(verbs))
  const byId = new Map(operations.map((each) => [each.operationId, each]))
  return Object.entries(calls).flatMap(([operationId, call]) => {
    const found = byId.get(operationId)
    if (!found) return []
    const parameters = (found.parameters ?? []).filter((each) => each.in === 'query')
    return [
      {
        group: call.group,
        name: call.name,
        about: found.summary,
        verb: call.verb,
        path: call.path,
        names: [...call.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name),
        body: call.body ? bodyFields(api, found.requestBody?.content['application/json']?.schema) : null,
        query: call.query
          ? parameters.map((each) =>
              fieldOf(api, each.name, { ...each.schema, ...about(each) }, each.required),
            )
          : null,
        pages: call.pages,
      },
    ]
  })
}

function about({ description: text }: { description?: string | undefined }) {
  return text === undefined ? {} : { description: text }
}

function bodyFields(api: Description, given: Schema | undefined): Field[] {
  const { properties = {}, required = [] } = given ? resolved(api, given) : {}
  return Object.entries(properties).map(([name, each]) => fieldOf(api, name, each, required.includes(name)))
}

function fieldOf(api: Description, name: string, given: Schema, required: boolean): Field {
  const parts = (given.anyOf ?? [given]).map((each) => resolved(api, each))
  const types = parts.flatMap(({ type = 'object' }) => type)
  const own = parts.filter(({ type }) => type !== 'null')
  return {
    name,
    about: given.description ?? own[0]?.description ?? '',
    kind: kindOf(types, own[0]),
    choices: own.flatMap((each) => each.enum ?? (each.const === undefined ? [] : [each.const])).map(String),
    required,
    nullable: types.includes('null'),
  }
}

function kindOf(types: readonly string[], one: Schema | undefined): Field['kind'] {
  const [type, ...others] = types.filter((each) => each !== 'null')
  if (others.length > 0) return 'json'
  if (type === 'string') return 'text'
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'boolean') return 'boolean'
  return type === 'array' && one?.items?.type === 'string' ? 'texts' : 'json'
}

function resolved({ components }: Description, given: Schema): Schema {
  const name = given.$ref?.slice('#/components/schemas/'.length)
  return name === undefined ? given : (components.schemas[name] ?? {})
}
