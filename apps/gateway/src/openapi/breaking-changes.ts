// Owns what counts as a breaking change of the API: what a client that was written against one description could no
// longer do, or no longer read, under another.
// Promises: adding is never breaking (routes, optional parameters, members of answers, codes, statuses); taking away,
// narrowing what is taken and widening what is answered is, and is named with its place. Pure.

import type { JsonSchema } from '../schema/described.ts'
import type { ApiDescription, OperationObject } from './describe-api.ts'

type Schema = JsonSchema | boolean | undefined

/** Where two schemas are compared: `taken` is sent by the client, `answered` read by it. */
type Direction = 'taken' | 'answered'

interface Sides {
  before: ApiDescription
  after: ApiDescription
}

/** Every breaking change from `before` to `after`, one line each; empty where every old client still works. */
export function breakingChanges(before: ApiDescription, after: ApiDescription): string[] {
  const sides = { before, after }
  return Object.entries(before.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, old]) => {
      const where = `${method.toUpperCase()} ${path}`
      const present = after.paths[path]?.[method]
      return present ? operationChanges(where, old, present, sides) : [`${where}: is gone`]
    }),
  )
}

function operationChanges(
  where: string,
  old: OperationObject,
  present: OperationObject,
  sides: Sides,
): string[] {
  return [
    ...(old.operationId === present.operationId ? [] : [`${where}: is called ${present.operationId} now`]),
    ...(old.security.length > 0 || present.security.length === 0 ? [] : [`${where}: asks for a key now`]),
    ...parameterChanges(where, old, present, sides),
    ...bodyChanges(where, old, present, sides),
    ...Object.entries(old.responses).flatMap(([status, response]) => {
      // That a refusal can no longer happen breaks nobody, and all have one form.
      if (Number(status) >= 400 || '$ref' in response) return []
      const now = present.responses[status]
      if (!now || '$ref' in now) return [`${where}: no longer answers ${status}`]
      return Object.entries(response.content ?? {}).flatMap(([type, { schema }]) => {
        const other = now.content?.[type]
        if (!other) return [`${where} ${status}: no longer answers ${type}`]
        return schemaChanges(`${where} ${status}`, schema, other.schema, { ...sides, direction: 'answered' })
      })
    }),
  ]
}

function parameterChanges(
  where: string,
  old: OperationObject,
  present: OperationObject,
  sides: Sides,
): string[] {
  const find = (all: OperationObject, name: string, place: string) =>
    (all.parameters ?? []).find((each) => each.name === name && each.in === place)
  const gone = (old.parameters ?? []).flatMap((parameter) => {
    const now = find(present, parameter.name, parameter.in)
    const at = `${where} ${parameter.in} ${parameter.name}`
    if (!now) return [`${at}: is no longer taken`]
    return [
      ...(now.required && !parameter.required ? [`${at}: is required now`] : []),
      ...schemaChanges(at, parameter.schema, now.schema, { ...sides, direction: 'taken' }),
    ]
  })
  const asked = (present.parameters ?? []).flatMap((parameter) =>
    parameter.required && !find(old, parameter.name, parameter.in)
      ? [`${where} ${parameter.in} ${parameter.name}: is required now`]
      : [],
  )
  return [...gone, ...asked]
}

function bodyChanges(where: string, old: OperationObject, present: OperationObject, sides: Sides): string[] {
  if (!old.requestBody) return present.requestBody?.required ? [`${where}: asks for a body now`] : []
  if (!present.requestBody) return [`${where}: no longer takes a body`]
  const required = present.requestBody.required && !old.requestBody.required
  return [
    ...(required ? [`${where}: asks for a body now`] : []),
    ...Object.entries(old.requestBody.content).flatMap(([type, { schema }]) => {
      const now = present.requestBody?.content[type]
      if (!now) return [`${where}: no longer takes ${type}`]
      return schemaChanges(`${where} body`, schema, now.schema, { ...sides, direction: 'taken' })
    }),
  ]
}

type Comparing = Sides & { direction: Direction; seen?: ReadonlySet<string> }

function schemaChanges(where: string, beforeRef: Schema, afterRef: Schema, comparing: Comparing): string[] {
  const seen = comparing.seen ?? new Set<string>()
  const pair = JSON.stringify([beforeRef, afterRef])
  if (seen.has(pair)) return []
  const deeper = { ...comparing, seen: new Set([...seen, pair]) }
  const old = resolved(beforeRef, comparing.before)
  const now = resolved(afterRef, comparing.after)
  if (!old || !now) return []
  return [
    ...typeChanges(where, old, now, comparing.direction),
    ...valueChanges(where, old, now, comparing.direction),
    ...boundChanges(where, old, now, comparing.direction),
    ...memberChanges(where, old, now, deeper),
    ...(old.items && now.items
      ? schemaChanges(`${where}[]`, single(old.items), single(now.items), deeper)
      : []),
  ]
}

/** The alternatives of `anyOf` and of a list of types, as names. */
function typesOf({ type, anyOf, enum: values }: JsonSchema): Set<string> {
  if (anyOf) return new Set(anyOf.flatMap((each) => (typeof each === 'object' ? [...typesOf(each)] : [])))
  if (type === undefined)
    return new Set(values ? values.map((value) => (value === null ? 'null' : typeof value)) : [])
  return new Set([type].flat().map(String))
}

function typeChanges(where: string, old: JsonSchema, now: JsonSchema, direction: Direction): string[] {
  const [before, after] = [typesOf(old), typesOf(now)]
  // Without a type everything is meant.
  if (direction === 'taken') {
    if (after.size === 0) return []
    const lost = [...before].filter((type) => !fits(type, after))
    return before.size === 0
      ? [`${where}: must be ${[...after].join(' or ')} now`]
      : lost.map((type) => `${where}: can no longer be ${type}`)
  }
  if (before.size === 0) return []
  return after.size === 0
    ? [`${where}: may be anything now`]
    : [...after].filter((type) => !fits(type, before)).map((type) => `${where}: may be ${type} now`)
}

function fits(type: string, types: ReadonlySet<string>): boolean {
  // A reference has no type of its own here, and every integer is a number.
  return types.has(type) || (type === 'integer' && types.has('number'))
}

function valueChanges(where: string, old: JsonSchema, now: JsonSchema, direction: Direction): string[] {
  const [before, after] = [valuesOf(old), valuesOf(now)]
  const [narrow, wide] = direction === 'taken' ? [after, before] : [before, after]
  if (!narrow) return []
  if (!wide) return [`${where}: ${direction === 'taken' ? 'takes' : 'answers'} other values now`]
  return [...wide]
    .filter((value) => !narrow.has(value))
    .map((value) => `${where}: ${direction === 'taken' ? 'no longer takes' : 'may answer'} ${value}`)
}

function valuesOf({ enum: values, const: only, anyOf }: JsonSchema): Set<string> | null {
  if (values) return new Set(values.map((value) => JSON.stringify(value)))
  if (only !== undefined) return new Set([JSON.stringify(only)])
  const inner = anyOf
    ?.map((each) => (typeof each === 'object' ? each : {}))
    .filter(({ type }) => type !== 'null')
  return inner?.length === 1 && inner[0] ? valuesOf(inner[0]) : null
}

/** What is taken may only grow. */
function boundChanges(where: string, old: JsonSchema, now: JsonSchema, direction: Direction): string[] {
  if (direction === 'answered') return []
  const lower = ['maxLength', 'maximum', 'maxItems'] as const
  const higher = ['minLength', 'minimum', 'minItems'] as const
  return [
    ...lower.flatMap((name) =>
      (now[name] ?? Infinity) < (old[name] ?? Infinity) ? [`${where}: ${name} is ${now[name]} now`] : [],
    ),
    ...higher.flatMap((name) =>
      (now[name] ?? -Infinity) > (old[name] ?? -Infinity) ? [`${where}: ${name} is ${now[name]} now`] : [],
    ),
    ...(now.pattern !== undefined && now.pattern !== old.pattern
      ? [`${where}: the pattern is another one now`]
      : []),
  ]
}

function memberChanges(where: string, old: JsonSchema, now: JsonSchema, comparing: Comparing): string[] {
  const [before, after] = [membersOf(old, comparing.before), membersOf(now, comparing.after)]
  const { direction } = comparing
  const changed = Object.entries(before.properties).flatMap(([name, schema]) => {
    const at = `${where} ${name}`
    const present = after.properties[name]
    if (present === undefined) {
      // An open object still takes it, as it takes everything.
      return direction === 'taken' && !after.closed ? [] : [`${at}: is gone`]
    }
    const optional = before.required.has(name) && !after.required.has(name)
    return [
      ...(direction === 'answered' && optional ? [`${at}: may be missing now`] : []),
      ...schemaChanges(at, schema, present, comparing),
    ]
  })
  const asked = [...after.required].filter((name) => !before.required.has(name))
  return [
    ...changed,
    ...(direction === 'taken' ? asked.map((name) => `${where} ${name}: is required now`) : []),
  ]
}

/** The members of an object, also where it is one side of "this or null". */
function membersOf(schema: JsonSchema, document: ApiDescription) {
  const inner = (schema.anyOf ?? []).map((each) => resolved(each, document)).find((each) => each?.properties)
  const {
    properties = {},
    required = [],
    additionalProperties,
  } = schema.properties ? schema : (inner ?? schema)
  return { properties, required: new Set(required), closed: additionalProperties === false }
}

function resolved(schema: Schema, { components }: ApiDescription): JsonSchema | null {
  if (typeof schema !== 'object') return null
  const id = /^#\/components\/schemas\/(.+)$/.exec(schema.$ref ?? '')?.[1]
  return id === undefined ? schema : (components.schemas[id] ?? null)
}

function single(items: NonNullable<JsonSchema['items']>): Schema {
  return Array.isArray(items) ? items[0] : items
}
