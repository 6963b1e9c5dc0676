#!/usr/bin/env node
/**
 * Owns the program `stripe-sandbox`: which command is meant, and how it ends.
 * Promises: every error is one text on standard error, with an exit code that `--help` explains.
 */
import { readFileSync } from 'node:fs'
import { CommandError } from './command-line/command.ts'
import { commands } from './command-line/commands.ts'
import { commandHelp, programHelp } from './command-line/help.ts'
import { readArguments } from './command-line/read-arguments.ts'

async function run(args: readonly string[]): Promise<number> {
  const [first = '', ...rest] = args
  if (first === '--version') return say(versionOf())
  if (first === '--help' || (first === 'help' && rest.length === 0)) return say(programHelp(commands))
  const name = first === 'help' ? rest[0] : first
  const named = commands.find((command) => command.name === name)
  if (!named && name !== '' && !name?.startsWith('-')) throw new CommandError(unknown(String(name)))
  const command = named ?? commands[0]
  if (first === 'help') return say(commandHelp(command))
  const given = readArguments(command, named ? rest : args)
  if (given.flags['help'] === true) return say(commandHelp(command))
  return (await command.run(given)) ?? 0
}

function say(text: string): number {
  console.log(text)
  return 0
}

function versionOf(): string {
  const { version }: { version?: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return version ?? ''
}

function unknown(name: string): string {
  return `There is no command ${name}. There are: ${commands.map((command) => command.name).join(', ')}.`
}

process.exitCode = await run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error))
  return error instanceof CommandError ? error.code : 1
})
