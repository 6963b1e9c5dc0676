/**
 * Owns which command is meant, and how it ends.
 * Promises: every error is one text, with an exit code that the help explains.
 */
import { readFileSync } from 'node:fs'
import { type Command, CommandError } from './command.ts'
import { commands } from './commands.ts'
import { commandHelp, programHelp } from './help.ts'
import { readArguments } from './read-arguments.ts'

/** Where a command says what it has to say. */
export type Voice = { readonly print: (line: string) => void; readonly complain: (line: string) => void }

/** Runs a command line; resolves with its exit code. */
export async function runProgram(args: readonly string[], { print, complain }: Voice): Promise<number> {
  try {
    return await run(args, print)
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error))
    return error instanceof CommandError ? error.code : 1
  }
}

async function run(args: readonly string[], print: Voice['print']): Promise<number> {
  const [first = '', ...rest] = args
  const help = helpOf(first, rest)
  if (first === '--version' || help !== undefined) {
    print(help ?? versionOf())
    return 0
  }
  const named = first.startsWith('-') || first === '' ? undefined : commandOf(first)
  const command = named ?? commands[0]
  const given = { ...readArguments(command, named ? rest : args), print }
  if (given.flags['help'] !== true) return (await command.run(given)) ?? 0
  print(commandHelp(command))
  return 0
}

/** The help that a command line asks for; undefined if it asks for something else. */
function helpOf(first: string, [second]: readonly string[]): string | undefined {
  if (first === '--help' || (first === 'help' && second === undefined)) return programHelp(commands)
  return first === 'help' && second !== undefined ? commandHelp(commandOf(second)) : undefined
}

function commandOf(name: string): Command {
  const found = commands.find((command) => command.name === name)
  if (found) return found
  const known = commands.map((command) => command.name).join(', ')
  throw new CommandError(`There is no command ${name}. There are: ${known}.`)
}

function versionOf(): string {
  const { version }: { version?: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  return version ?? ''
}
