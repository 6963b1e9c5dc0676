// Owns the example in each command's help: what a person types first. Pure.

import type { DescribedCall, Field } from './described-call.ts'
import { flagOf } from './field-flags.ts'

/** Flags worth showing where nothing is needed, by the client's name of the call. */
const shown: Readonly<Record<string, string>> = {
  'customers.list': ' --state active --limit 20',
  'customers.create': ' --key ada --email ada@example.com',
  'customers.update': ' ada --name "Ada King" --clear phone',
  'customers.replace': ' ada --name "Ada King"',
  'events.list': " --type 'customer.*' --json",
  'users.put': ' u-1 --email ada@example.com',
  'operations.batch': ' --body @writes.json',
  'webhookEndpoints.update': ' ID --enabled false',
}

const sampleOf: Readonly<Record<Field['kind'], string>> = {
  text: 'TEXT',
  number: '1',
  boolean: 'true',
  texts: 'TEXT',
  json: "'…'",
}

/** What follows the command's name: its names, and what it needs. */
export function exampleOf(call: DescribedCall): string {
  const own = shown[`${call.group}.${call.name}`]
  if (own !== undefined) return own
  const names = call.names.map((name) => ` ${name.toUpperCase()}`).join('')
  const flags = (call.body ?? [])
    .filter(({ required }) => required)
    .map((field) => ` --${flagOf(field)} ${field.choices[0] ?? sampleOf[field.kind]}`)
  return `${names}${flags.join('')}`
}
