/**
 * Owns Stripe's search query language.
 * Promises: pure; up to ten clauses, joined by AND or by OR but not both; `:` exact without regard to case, `~` part of at least three
 * characters, `<` `>` `<=` `>=` on numbers, `-` negation, `null`; anything else is refused with 400.
 */
import { badRequest } from '../../http/stripe-error.ts'
import { characters, isJsonObject, type Json, type JsonObject } from '../../json.ts'

type Clause = {
  readonly field: string
  readonly key: string | null
  readonly operator: string
  readonly value: string | number | null
  readonly negated: boolean
}

const clausesMax = 10
const partMin = 3
const numeric = new Set(['created'])

/** Compiles a query into a test of an object. `fields` are the names that may be asked for. */
export function parseQuery(query: string, fields: readonly string[]): (object: JsonObject) => boolean {
  const tokens = new Tokens(query)
  const clauses: Clause[] = []
  const joins = new Set<string>()
  for (;;) {
    clauses.push(readClause(tokens, fields))
    if (tokens.atEnd()) break
    const join = tokens.word()?.toUpperCase()
    // Two clauses without a word between them are joined by AND.
    if (join === 'AND' || join === 'OR') joins.add(join)
    else if (join === undefined) joins.add('AND')
    else throw unparsable(query)
  }
  if (joins.size > 1) throw refused('You cannot combine AND and OR in one search query.')
  if (clauses.length > clausesMax) throw refused(`A search query can have at most ${clausesMax} clauses.`)
  return joins.has('OR')
    ? (object) => clauses.some((clause) => holds(clause, object))
    : (object) => clauses.every((clause) => holds(clause, object))
}

/** Walks over the text of a query. */
class Tokens {
  readonly query: string
  #at = 0
  constructor(query: string) {
    this.query = query
  }
  take(pattern: RegExp): string | undefined {
    this.#skip()
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.query)
    if (!found) return undefined
    this.#at = pattern.lastIndex
    return found[1] ?? found[2] ?? found[0]
  }
  word(): string | undefined {
    return this.take(/\b(?:and|or)\b(?=\s)/iy)
  }
  atEnd(): boolean {
    this.#skip()
    return this.#at >= this.query.length
  }
  #skip(): void {
    while (/\s/.test(this.query[this.#at] ?? '')) this.#at++
  }
}

function readClause(tokens: Tokens, fields: readonly string[]): Clause {
  const negated = tokens.take(/-/y) !== undefined
  const field = tokens.take(/[A-Za-z_][A-Za-z0-9_.]*/y)
  if (!field) throw unparsable(tokens.query)
  const bracketed = tokens.take(/\[\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\]/y)
  const key = bracketed === undefined ? null : unescaped(bracketed)
  const operator = tokens.take(/>=|<=|[:~<>]/y)
  if (!operator) throw unparsable(tokens.query)
  if (!fields.includes(field))
    throw refused(`Field \`${field}\` is an unsupported search field for resource \`customers\`.`)
  if ((field === 'metadata') !== (key !== null))
    throw refused('Search metadata by key: metadata["key"]:"value".')
  return { field, key, operator, value: readValue(tokens, field, operator), negated }
}

function readValue(tokens: Tokens, field: string, operator: string): string | number | null {
  const quoted = tokens.take(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/y)
  const bare = quoted === undefined ? tokens.take(/null\b|-?\d+(?:\.\d+)?/iy) : undefined
  if (quoted === undefined && bare === undefined) throw unparsable(tokens.query)
  const isNull = bare?.toLowerCase() === 'null'
  if (isNull && operator !== ':') throw refused('null can only be searched for with the : operator.')
  if (numeric.has(field)) {
    const number = Number(quoted ?? bare)
    if (isNull || operator === '~' || !Number.isFinite(number))
      throw refused(`Field \`${field}\` is numeric; use :, <, >, <= or >= and a number.`)
    return number
  }
  if (operator !== ':' && operator !== '~') throw refused(`Field \`${field}\` is not numeric; use : or ~.`)
  if (isNull) return null
  const text = unescaped(quoted ?? bare ?? '')
  if (operator === '~' && characters(text) < partMin)
    throw refused(`Substring search needs at least ${partMin} characters.`)
  return text.toLowerCase()
}

function holds({ field, key, operator, value, negated }: Clause, object: JsonObject): boolean {
  return matches(valueOf(object, field, key), operator, value) !== negated
}

function valueOf(object: JsonObject, field: string, key: string | null): Json {
  const value = object[field]
  if (key === null) return value ?? null
  return isJsonObject(value) && Object.hasOwn(value, key) ? (value[key] ?? null) : null
}

function matches(actual: Json, operator: string, value: string | number | null): boolean {
  if (value === null) return actual === null
  if (typeof value === 'number') {
    if (typeof actual !== 'number') return false
    if (operator === '>') return actual > value
    if (operator === '<') return actual < value
    if (operator === '>=') return actual >= value
    return operator === '<=' ? actual <= value : actual === value
  }
  if (typeof actual !== 'string') return false
  const text = actual.toLowerCase()
  return operator === '~' ? text.includes(value) : text === value
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, '$1')
}

function refused(message: string) {
  return badRequest(message, { param: 'query' })
}

function unparsable(query: string) {
  return refused(
    `We were unable to parse your search query (${query.slice(0, 100)}). Try using the format \`metadata["key"]:"value"\` to query for metadata or key:"value" to query for other fields.`,
  )
}
