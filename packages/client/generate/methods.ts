// Owns the way from the operations of the API's description to the client's methods: their names, parameters, results.
// Promises: an operation's method is `group.method`, made from its name alone, so a released one keeps its place.

import type { ApiDescription, OperationObject } from '@lockstep/gateway/openapi/describe-api'
import type { Schema } from './type-text.ts'
import { typeText } from './type-text.ts'

/** One method of the client. */
export interface Method {
  /** `operationId` in the description. */
  operation: string
  group: string
  name: string
  about: string
  verb: string
  path: string
  pathNames: string[]
  body: { type: string; required: boolean } | null
  query: { type: string; required: boolean } | null
  result: string
  /** It answers pages of `result`. */
  pages: boolean
}

/** Every call that asks for a key and answers JSON in the envelope. Mounts of other systems' words have none. */
export function methodsOf({ paths }: ApiDescription): Method[] {
  return Object.entries(paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, verbs]) =>
      Object.entries(verbs).flatMap(([verb, operation]) => {
        const answer = envelopeOf(operation)
        return answer && operation.security.length > 0 ? [methodOf(path, verb, operation, answer)] : []
      }),
    )
}

/** `create_customer` of `customers` is `create`; `get_customer_by_key` is `getByKey`. */
export function methodName(operation: string, group: string): string {
  const noun = group.replaceAll(' ', '_').replace(/s$/, '')
  const short = operation.replace(new RegExp(`_${noun}s?(?=_|$)`), '')
  return camel(short)
}

/** `stripe events` is `stripeEvents`. */
export function camel(words: string): string {
  return words.replaceAll(/[ _-]+(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function methodOf(path: string, verb: string, operation: OperationObject, answer: Envelope): Method {
  const group = operation.tags[0] ?? 'api'
  const { pages } = answer
  const item = pages ? (answer.data.items ?? {}) : answer.data
  return {
    operation: operation.operationId,
    group: camel(group),
    name: methodName(operation.operationId, group),
    about: operation.summary,
    verb: verb.toUpperCase(),
    path,
    pathNames: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name),
    body: bodyOf(operation),
    query: queryOf(operation),
    result: typeText(item),
    pages,
  }
}

interface Envelope {
  data: Schema
  pages: boolean
}

/** What the first success answers; null where it is not JSON in the envelope. */
function envelopeOf({ responses }: OperationObject): Envelope | null {
  for (const status of ['200', '201', '202']) {
    const response = responses[status]
    if (!response || '$ref' in response) continue
    const schema = response.content?.['application/json']?.schema as Schema | undefined // The description is ours.
    const data = schema?.properties?.['data']
    if (data)
      return { data, pages: data.type === 'array' && schema?.properties?.['next_after'] !== undefined }
  }
  return null
}

function bodyOf({ requestBody }: OperationObject): Method['body'] {
  const schema = requestBody?.content['application/json']?.schema as Schema | undefined // As above.
  if (!schema || !requestBody) return null
  // A body that can only be `{}` says nothing.
  const empty = schema.type === 'object' && Object.keys(schema.properties ?? {}).length === 0
  return empty && schema.additionalProperties === false
    ? null
    : { type: typeText(schema), required: requestBody.required }
}

function queryOf({ parameters = [] }: OperationObject): Method['query'] {
  const query = parameters.filter((parameter) => parameter.in === 'query')
  if (query.length === 0) return null
  const properties = Object.fromEntries(
    query.map(({ name, schema, description }) => [
      name,
      { ...(schema as Schema), ...(description !== undefined && { description }) },
    ]),
  )
  const required = query.filter((each) => each.required).map(({ name }) => name)
  return { type: typeText({ type: 'object', properties, required }, '  '), required: required.length > 0 }
}
