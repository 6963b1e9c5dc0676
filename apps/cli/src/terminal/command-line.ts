// Owns how a command line is read and how the process ends after it.
// Promises: a wrong flag or value prints what is wrong and how to see the usage, and ends with 2; help ends with 0; an
// unforeseen error ends with 1 and its text, without a stack trace.

import { Command, CommanderError, Help, InvalidArgumentError } from 'commander'

/** The exit code of a command that was called wrongly. */
export const usageExit = 2

/** A wrong use of a command that only its work could find; ends like a wrong flag. */
export class UsageError extends Error {
  constructor(problem: string) {
    super(problem)
    this.name = 'UsageError'
  }
}

/** Reads `argv` (as in `process.argv`), runs the command and resolves to the exit code. */
export async function runCommand(program: Command, argv: string[]): Promise<number> {
  let exit = 0
  for (const command of withChildren(program)) {
    command.exitOverride().showHelpAfterError('(--help shows the usage)').allowExcessArguments(false)
  }
  try {
    await program.parseAsync(argv)
    return exit
  } catch (error) {
    if (error instanceof ExitWith) exit = error.code
    else if (error instanceof CommanderError) exit = error.exitCode === 0 ? 0 : usageExit
    else {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
      exit = error instanceof UsageError ? usageExit : 1
    }
    return exit
  }
}

/** A command. In its help the examples stand before the flags, since people look there first. */
export function newCommand(name: string, purpose: string, examples: readonly string[]): Command {
  const shown = examples.map((line) => `  ${line}`)
  return new Command(name)
    .summary(purpose)
    .description([purpose, '', 'Examples:', ...shown].join('\n'))
    .configureHelp({
      // That a flag is off until somebody gives it needs no words.
      optionDescription: (option) =>
        option.defaultValue === false ? option.description : new Help().optionDescription(option),
    })
}

/** Thrown by a command's action: the process ends with this code, nothing is printed. */
export class ExitWith extends Error {
  readonly code: number
  constructor(code: number) {
    super(`exit ${code}`)
    this.code = code
  }
}

function withChildren(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withChildren)]
}

/** A parser of a whole number between two bounds, for an option's value. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}
