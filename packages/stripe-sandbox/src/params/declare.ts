/**
 * Owns the short words by which a route declares parameters that `spec/openapi-core.json` does not hold.
 * Promises: every route accepts `expand`; list routes accept the cursors; nothing else is accepted that is not declared.
 */
import type { ObjectParam, Param } from './param.ts'

/** Text, by default at most 5,000 characters as in Stripe's specification. */
export const string = (max = 5000): Param => ({ kind: 'string', max })
/** One of a closed list; '' in the list means that it can be cleared. */
export const choice = (...choices: string[]): Param => ({ kind: 'string', choices })
/** A whole number. */
export const int: Param = { kind: 'integer' }
/** A decimal number, kept as text. */
export const decimal: Param = { kind: 'decimal' }
/** A currency, in lower case from then on. */
export const currency: Param = { kind: 'currency' }
/** true or false. */
export const bool: Param = { kind: 'boolean' }
/** Metadata with Stripe's limits. */
export const metadata: Param = { kind: 'metadata' }
/** A parameter that Stripe has and the sandbox refuses, saying so. */
export const unsimulated: Param = { kind: 'unsimulated' }
/** A list. */
export const array = (of: Param, max?: number): Param =>
  max === undefined ? { kind: 'array', of } : { kind: 'array', of, max }
/** An object with caller-chosen keys. */
export const map = (of: Param): Param => ({ kind: 'map', of })

/** An object, which an empty text does not clear; names that end in `!` must be given. */
export function object(fields: { readonly [name: string]: Param }): ObjectParam {
  const entries = Object.entries(fields)
  return {
    kind: 'object',
    fields: new Map(entries.map(([name, param]) => [name.replace(/!$/, ''), param])),
    required: entries.filter(([name]) => name.endsWith('!')).map(([name]) => name.slice(0, -1)),
    clearable: false,
  }
}

/** A timestamp, or a range of them. */
export const range: Param = {
  kind: 'either',
  scalar: int,
  nested: object({ gt: int, gte: int, lt: int, lte: int }),
}

/** The parameters of a route, with `expand`. */
export function params(fields: { readonly [name: string]: Param } = {}): ObjectParam {
  return object({ expand: array(string()), ...fields })
}

/** The parameters of a list route: cursors, `limit`, `expand` and what is given. */
export function listParams(fields: { readonly [name: string]: Param } = {}): ObjectParam {
  const { fields: all, required } = params({
    ending_before: string(),
    starting_after: string(),
    limit: int,
    ...fields,
  })
  return {
    kind: 'object',
    fields: new Map([...all].map(([name, param]) => [name, asked(param)])),
    required,
  }
}

/** A parameter that an empty text does not clear, such as one of a query: it asks for something, so an empty one is a mistake. */
export function asked(param: Param): Param {
  return param.kind === 'string' ? { ...param, clearable: false } : param
}
