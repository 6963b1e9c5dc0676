// Owns the description of the API: an OpenAPI 3.1 document, made from the routes that are served and from nothing else.
// Promises: every route, status and code that a route declares stands in it; the same routes give the same text.

import { type ErrorCode, errorCatalogue } from '@lockstep/domain/error/catalogue'
import type { z } from 'zod'
import { type AnswerShape, answerHeaders } from '../http/answer-shape.ts'
import { refusalsOf, type Route } from '../http/route.ts'
import type { JsonSchema } from '../schema/described.ts'
import { type SchemaWriter, schemaWriter } from './json-schema.ts'
import { problemSchema } from './problem-schema.ts'

/** The part of OpenAPI 3.1 that is written here. */
export interface ApiDescription {
  openapi: '3.1.1'
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } }
  tags: { name: string }[]
  paths: Record<string, Record<string, OperationObject>>
  components: {
    schemas: Record<string, JsonSchema>
    responses: Record<string, ResponseObject>
    securitySchemes: Record<string, object>
  }
}

export interface OperationObject {
  operationId: string
  summary: string
  tags: string[]
  security: Record<string, string[]>[]
  parameters?: ParameterObject[]
  requestBody?: { required: boolean; content: Record<string, { schema: JsonSchema }> }
  /** A refusal is a reference to `components.responses`: many routes share it. */
  responses: Record<string, ResponseObject | { $ref: string }>
}

export interface ParameterObject {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description?: string
  schema: JsonSchema
}

export interface ResponseObject {
  description: string
  headers?: Record<string, { description: string; schema: JsonSchema }>
  content?: Record<string, { schema: JsonSchema }>
}

/** The version of the API: it rises with the product's, and a released one is never broken within a major. */
export const apiVersion = '0.2.0'

/** The document. */
export function describeApi(served: readonly Route[]): ApiDescription {
  const routes = served.filter(({ alias }) => !alias)
  const writer = schemaWriter()
  writer.answered(problemSchema)
  const refusals = new Map<string, ResponseObject>()
  const byPath = Map.groupBy(routes, ({ path }) => templateOf(path))
  const paths = [...byPath].map(([path, methods]) => {
    const operations = methods.map(
      (route) => [route.method.toLowerCase(), operationOf(route, writer, refusals)] as const,
    )
    return [path, Object.fromEntries(operations)] as const
  })
  return {
    openapi: '3.1.1',
    info: {
      title: 'Lockstep',
      version: apiVersion,
      description:
        'Customers that are kept in step with Stripe, both ways. A success is `{"status": "success", "data": …}`, a failure is problem+json (RFC 9457) with a stable `code`. Every answer carries `Request-Id`. Whatever is below `/v1/customers` is served below `/api/v1/customer-mgmt/customers`, `/ledger/customers` and `/~{tenant}/customers` as well. New routes, members of answers and codes may appear at any time.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    tags: [...new Set(routes.map(({ group }) => group))].map((name) => ({ name })),
    paths: Object.fromEntries(paths),
    components: {
      schemas: writer.components(),
      responses: Object.fromEntries([...refusals].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        api_key: { type: 'http', scheme: 'bearer', description: 'An API key with the scope `customers`.' },
        operator_key: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key with the scope `operator`.',
        },
      },
    },
  }
}

/** `/v1/customers/:id` as OpenAPI writes it: `/v1/customers/{id}`. */
export function templateOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}')
}

function operationOf(
  route: Route,
  writer: SchemaWriter,
  refusals: Map<string, ResponseObject>,
): OperationObject {
  const { accepts, scope } = route
  const parameters = [
    ...parametersOf('path', accepts.params, writer),
    ...parametersOf('query', accepts.query, writer),
    ...parametersOf('header', accepts.headers, writer),
  ]
  const body = accepts.body ?? accepts.raw ?? accepts.lines
  const type = accepts.lines ? 'application/x-ndjson' : 'application/json'
  return {
    operationId: route.name,
    summary: route.does,
    tags: [route.group],
    security: scope === null ? [] : [{ [scope === 'operator' ? 'operator_key' : 'api_key']: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: !body.safeParse(undefined).success,
        content: { [type]: { schema: writer.sent(body) } },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, shape]) => [status, responseOf(shape, writer)]),
      ),
      ...refusalResponses(refusalsOf(route), refusals),
    },
  }
}

function parametersOf(
  place: ParameterObject['in'],
  schema: z.ZodObject | undefined,
  writer: SchemaWriter,
): ParameterObject[] {
  if (!schema) return []
  const { properties = {}, required = [] } = writer.sent(schema)
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = typeof property === 'object' ? property : {}
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description !== undefined && { description }),
      schema: rest,
    }
  })
}

function responseOf({ means, type, body, headers }: AnswerShape, writer: SchemaWriter): ResponseObject {
  return {
    description: means,
    ...(headers.length > 0 && {
      headers: Object.fromEntries(
        headers.map((name) => [
          name,
          { description: answerHeaders[name], schema: { type: 'string' as const } },
        ]),
      ),
    }),
    ...(body && { content: { [type]: { schema: writer.answered(body) } } }),
  }
}

/** One response for each status, named by the codes that it may carry. */
function refusalResponses(codes: readonly ErrorCode[], known: Map<string, ResponseObject>) {
  const byStatus = Map.groupBy(codes, (code) => errorCatalogue[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => {
      const sorted = group.toSorted()
      const name = sorted.join('-or-')
      known.set(name, {
        description: sorted.map((code) => `\`${code}\`: ${errorCatalogue[code].title}.`).join(' '),
        content: {
          'application/problem+json': {
            schema: {
              allOf: [
                { $ref: '#/components/schemas/Problem' },
                { type: 'object', properties: { code: { enum: sorted } } },
              ],
            },
          },
        },
      })
      return [String(status), { $ref: `#/components/responses/${name}` }] as const
    }),
  )
}

/** A response, wherever it stands. */
export function responseIn(
  { components }: ApiDescription,
  response: ResponseObject | { $ref: string },
): ResponseObject | undefined {
  if (!('$ref' in response)) return response
  return components.responses[response.$ref.slice('#/components/responses/'.length)]
}
