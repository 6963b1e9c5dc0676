/**
 * Owns the reading of the command line.
 * Promises: a flag or word that the command does not know is refused by name, with where to read on.
 */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import { type Command, CommandError, type Flag, type Given } from './command.ts'

/** Every command has them. */
export const commonFlags: readonly Flag[] = [{ name: 'help', about: 'Shows this.' }]

/** Reads what stands behind a command's name. Throws a CommandError. */
export function readArguments(command: Command, args: readonly string[]): Omit<Given, 'print'> {
  const options: ParseArgsOptionsConfig = {}
  for (const { name, value, many } of [...command.flags, ...commonFlags])
    options[name] = { type: value === undefined ? 'boolean' : 'string', multiple: many ?? false }
  const { values, positionals } = parse(command, options, args)
  const most = command.words.split(' ').filter(Boolean).length
  const extra = positionals[most]
  if (extra !== undefined)
    throw new CommandError(`${command.name} does not take ${extra}. ${seeHelp(command)}`)
  const flags: Record<string, string | boolean | string[] | undefined> = {}
  for (const [name, value] of Object.entries(values))
    flags[name] = Array.isArray(value) ? value.map(String) : value
  return { flags, words: positionals }
}

/** Where to read on. */
export function seeHelp({ name }: { readonly name: string }): string {
  return `See: stripe-sandbox ${name} --help`
}

function parse(command: Command, options: ParseArgsOptionsConfig, args: readonly string[]) {
  try {
    return parseArgs({ options, args: [...args], allowPositionals: true })
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    throw new CommandError(`${text.split('. ')[0]}. ${seeHelp(command)}`)
  }
}
