// The process `pnpm lockstep`: what people on duty call, and the API on the command line.

import { calls } from '@lockstep/client'
import { compileOnce } from '@lockstep/domain/process/compile-once'
import { Command } from 'commander'
import { keepHeapSmall } from './process/small-heap.ts'
import { kebab } from './resources/kebab.ts'
import { runCommand } from './terminal/command-line.ts'

/** Each is loaded only where it is asked for: the drivers of them all weigh 100 MB and half a second. */
const own: Readonly<Record<string, () => Promise<Command>>> = {
  connect: async () => (await import('./connect/connect-command.ts')).connectCommand(),
  verify: async () => (await import('./verify/verify-command.ts')).verifyCommand(),
  repair: async () => (await import('./repair/repair-command.ts')).repairCommand(),
  duplicates: async () => (await import('./duplicates/duplicates-command.ts')).duplicatesCommand(),
  doctor: async () => (await import('./doctor/doctor-command.ts')).doctorCommand(),
  parked: async () => (await import('./parked/parked-command.ts')).parkedCommand(),
  retry: async () => (await import('./parked/retry-command.ts')).retryCommand(),
  pause: async () => (await import('./tenant/pause-command.ts')).pauseCommand(),
  resume: async () => (await import('./tenant/resume-command.ts')).resumeCommand(),
  observe: async () => (await import('./tenant/observe-command.ts')).observeCommand(),
  migrate: async () => (await import('./migrate/migrate-command.ts')).migrateCommand(),
  keys: async () => (await import('./keys/keys-command.ts')).keysCommand(),
  import: async () => (await import('./import/import-command.ts')).importCommand(),
  export: async () => (await import('./export/export-command.ts')).exportCommand(),
  completion: async () =>
    (await import('./completion/completion-command.ts')).completionCommand(wholeProgram),
}
compileOnce()

const resources = new Set(Object.values(calls).map(({ group }) => kebab(group)))
/** They go through files of any size. */
const ofAnySize = new Set(['import', 'export'])

const [, , asked = ''] = process.argv
// Before they are loaded: what V8 has taken by then it keeps.
if (ofAnySize.has(asked)) keepHeapSmall()
const program = await programFor(asked)
process.exitCode = await runCommand(program, process.argv)

/** With the command that is asked for; a resource of the API comes with the others of its kind. */
async function programFor(name: string): Promise<Command> {
  const load = Object.hasOwn(own, name) ? own[name] : undefined
  if (load) return newProgram().addCommand(await load())
  return resources.has(name) ? await withResources(newProgram()) : await wholeProgram()
}

/** With every command: for the help, and for whoever asks for one that is none. */
async function wholeProgram(): Promise<Command> {
  const all = newProgram()
  for (const each of Object.values(own)) all.addCommand(await each())
  return await withResources(all)
}

async function withResources(to: Command): Promise<Command> {
  const { resourceCommands } = await import('./resources/resource-commands.ts')
  for (const command of resourceCommands()) to.addCommand(command)
  return to
}

function newProgram(): Command {
  return new Command('pnpm lockstep')
    .description('Keeps customers and Stripe in step.')
    .addHelpText('after', '\nEach command has its own --help.')
}
