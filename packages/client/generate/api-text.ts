// Owns the text of src/generated/api.ts: the types of the API and the table of its calls, from its description.

import type { ApiDescription } from '@lockstep/gateway/openapi/describe-api'
import { type Method, methodsOf } from './methods.ts'
import { type Schema, typeText } from './type-text.ts'

const head = `// Written from the API's description (apps/gateway/openapi/openapi.json) by \`npx vitest run generated -u\`; not by hand.

import type { ApiCall, CallOptions, PagedCall } from '../api-call.ts'
`

/** The whole file. */
export function apiText(description: ApiDescription): string {
  const methods = methodsOf(description)
  const groups = Map.groupBy(methods, ({ group }) => group)
  const schemas = description.components.schemas as Record<string, Schema> // The description is ours.
  return [
    head,
    ...Object.entries(schemas).map(
      ([id, schema]) => `${comment(schema.description)}export type ${id} = ${typeText(schema)}\n`,
    ),
    ...[...groups].map(([group, members]) => groupText(group, members)),
    `/** Everything that can be asked, by subject. */\nexport interface Api {\n${[...groups.keys()].map((group) => `  ${group}: ${groupType(group)}`).join('\n')}\n}\n`,
    `/** The table that the client is made from, by the operation's name. */\nexport const calls = {\n${methods.map(callText).join('\n')}\n} as const\n`,
    `/** The HTTP status of each code. */\nexport const statusOf = {\n${codesText(description)}\n} as const\n`,
  ].join('\n')
}

function groupText(group: string, methods: Method[]): string {
  return `export interface ${groupType(group)} {\n${methods.map(methodText).join('\n')}\n}\n`
}

function groupType(group: string): string {
  return `${group.charAt(0).toUpperCase()}${group.slice(1)}Api`
}

function methodText({ name, about, pathNames, body, query, result, pages }: Method): string {
  const parameters = [
    ...pathNames.map((each) => `${each}: string`),
    ...(body ? [`body${body.required ? '' : '?'}: ${body.type}`] : []),
    ...(query ? [`query${query.required ? '' : '?'}: ${query.type}`] : []),
    'options?: CallOptions',
  ]
  return `  /** ${about} */\n  ${name}(${parameters.join(', ')}): ${pages ? 'PagedCall' : 'ApiCall'}<${result}>`
}

function callText({ operation, group, name, verb, path, body, query, pages }: Method): string {
  return `  ${operation}: { group: '${group}', name: '${name}', verb: '${verb}', path: '${path}', body: ${body !== null}, query: ${query !== null}, pages: ${pages} },`
}

/** A refusal is a reference to a response that is named by its codes (describe-api.ts). */
function codesText({ paths }: ApiDescription): string {
  const pairs = Object.values(paths).flatMap((verbs) =>
    Object.values(verbs).flatMap(({ responses }) =>
      Object.entries(responses).flatMap(([status, response]) => {
        if (!('$ref' in response)) return []
        const names = response.$ref.slice('#/components/responses/'.length).split('-or-')
        return names.map((code) => [code, status] as const)
      }),
    ),
  )
  const lines = [...new Map(pairs)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return lines.map(([code, status]) => `  ${code}: ${status},`).join('\n')
}

function comment(text: string | undefined): string {
  return text === undefined ? '' : `/** ${text} */\n`
}
