// The process `pnpm stack`: read the flags, start everything, show it, wait to be told to end, end everything.

import { runCommand } from '../terminal/command-line.ts'
import { openScreen } from '../terminal/screen.ts'
import { printStack, restartObject, stackObject, writeEnvFile } from './print-stack.ts'
import { stackCommand, type StackFlags } from './stack-command.ts'
import { startStack } from './start-stack.ts'
import { toldToEnd } from '../process/told-to-end.ts'

async function run(flags: StackFlags): Promise<void> {
  const told = toldToEnd()
  // Standard output is the program's answer; what is only progress goes beside it.
  const screen = openScreen(flags.json ? process.stderr : process.stdout, process.env)
  const printObject = (object: object) => process.stdout.write(`${JSON.stringify(object)}\n`)
  const starting = startStack({
    workers: flags.workers,
    gateways: flags.gateways,
    limits: flags.sandboxLimits,
    announce: (line) => screen.paragraph(line),
    restarted: (event) => {
      if (flags.json) printObject(restartObject(event))
      else screen.note(`${event.process} ${event.index + 1} died and was started again (${event.pid})`)
    },
  })
  const stack = await Promise.race([starting, told.then(() => null)])
  // Told to end while starting: the guards end what was started so far.
  if (stack === null) process.exit(0)
  await writeEnvFile(stack)
  if (flags.json) printObject(stackObject(stack))
  else printStack(screen, stack)
  await told
  if (!flags.json) screen.note('Ending …')
  await stack.stop()
}

// Whoever read the first line may have gone: that ends nothing here.
process.stdout.on('error', () => undefined)
process.exit(await runCommand(stackCommand(run), process.argv))
