// Owns how the fields of a call become flags, and what was given by flags becomes a body or a query.
// Promises: a flag is the field's own name in kebab-case; a value of the wrong kind is refused before anything is sent; an
// absent flag is an absent field, and only `--clear` makes a null.

import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'
import { UsageError } from '../terminal/command-line.ts'
import type { DescribedCall, Field } from './described-call.ts'

/** What commander found, by the name of each flag in camelCase. */
export type Given = Readonly<Record<string, unknown>>

const bodyObject = z.record(z.string(), z.unknown())
/** A flag's value in the help, by kind. */
const placeholder = { text: 'text', number: 'number', boolean: 'true|false', texts: 'text', json: 'json' }

/** Adds a flag for each field; `--limit` of a list is the command's own. */
export function addFieldFlags(command: Command, call: DescribedCall): void {
  for (const field of fieldsOf(call)) {
    const option = new Option(`--${flagOf(field)} <${placeholder[field.kind]}>`, aboutOf(field))
    if (field.choices.length > 0) option.choices(field.choices)
    else option.argParser((text: string, before: unknown) => valueOf(field, text, before))
    command.addOption(option)
  }
  if (!call.body) return
  command.option('--body <json>', 'the whole body as JSON, or @FILE, or @- for standard input')
  const clearable = call.body.filter(({ nullable }) => nullable)
  if (clearable.length > 0) {
    const clear = new Option('--clear <field>', 'makes a field empty; may be given again')
    command.addOption(
      clear.argParser((name: string, before: string[] | undefined) => [...(before ?? []), name]),
    )
  }
}

/** The body that was asked for: flags over `--body`. @throws UsageError */
export function bodyOf(call: DescribedCall, given: Given): Record<string, unknown> {
  const fields = call.body ?? []
  const body = { ...wholeBody(given['body']), ...valuesOf(fields, given) }
  for (const name of z.array(z.string()).catch([]).parse(given['clear'])) {
    const field = fields.find((each) => each.name === name || flagOf(each) === name)
    if (!field?.nullable) throw new UsageError(`--clear ${name}: there is no such field that can be empty`)
    body[field.name] = null
  }
  const missing = fields.filter(({ required, name }) => required && !(name in body))
  if (missing.length > 0)
    throw new UsageError(`missing: ${missing.map((each) => `--${flagOf(each)}`).join(', ')}`)
  return body
}

/** The query that was asked for. */
export function queryOf(call: DescribedCall, given: Given): Record<string, unknown> {
  return valuesOf(queryFields(call), given)
}

/** `tax_exempt` is `tax-exempt`. */
export function flagOf({ name }: Pick<Field, 'name'>): string {
  return name.replaceAll('_', '-')
}

function fieldsOf(call: DescribedCall): Field[] {
  return [...(call.body ?? []), ...queryFields(call)]
}

function queryFields({ query, pages }: DescribedCall): Field[] {
  return (query ?? []).filter(({ name }) => !pages || name !== 'limit')
}

function valuesOf(fields: readonly Field[], given: Given): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = given[flagOf(field).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())]
      return value === undefined ? [] : [[field.name, value]]
    }),
  )
}

function aboutOf({ about, kind, required }: Field): string {
  // What stands in the description for programs reads as plain words here.
  const text = about.replaceAll('`', '').replace(/\.$/, '')
  const parts = [text, ...(kind === 'texts' ? ['may be given again'] : []), ...(required ? ['needed'] : [])]
  return parts.filter(Boolean).join('; ')
}

function valueOf({ kind }: Field, text: string, before: unknown): unknown {
  if (kind === 'text') return text
  if (kind === 'texts') return [...(Array.isArray(before) ? before : []), text]
  if (kind === 'boolean') {
    if (text === 'true' || text === 'false') return text === 'true'
    throw new InvalidArgumentError('It must be true or false.')
  }
  if (kind === 'number') {
    if (/^-?\d{1,15}(\.\d+)?$/.test(text)) return Number(text)
    throw new InvalidArgumentError('It must be a number.')
  }
  return jsonOf(text)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('It must be JSON.')
  }
}

function wholeBody(given: unknown): Record<string, unknown> {
  if (typeof given !== 'string') return {}
  const text = given.startsWith('@') ? textOf(given.slice(1)) : given
  try {
    return bodyObject.parse(JSON.parse(text))
  } catch {
    throw new UsageError('--body must be one JSON object')
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch {
    throw new UsageError(`--body @${path} cannot be read`)
  }
}
