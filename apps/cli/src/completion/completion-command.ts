// Owns `lockstep completion`: prints what a shell needs to complete the other commands.

import { Argument, type Command } from 'commander'
import { newCommand } from '../terminal/command-line.ts'
import { completionScript, type Shell } from './completion-script.ts'

/** The command. `whole` gives the program with every command in it. */
export function completionCommand(whole: () => Promise<Command>): Command {
  return newCommand('completion', 'Prints the script that completes these commands in a shell.', [
    "alias lockstep='npx -y pnpm@12 --silent lockstep'",
    'eval "$(lockstep completion bash)"',
  ])
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh']))
    .addHelpText(
      'after',
      `
Put both lines of the example into ~/.bashrc or ~/.zshrc.

Ends with 0 (it is printed) or 2 (wrong use).`,
    )
    .action(async (shell: Shell) => {
      process.stdout.write(completionScript(await whole(), 'lockstep', shell))
    })
}
