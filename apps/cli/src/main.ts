// The process `pnpm lockstep`: what people on duty call, and the API on the command line.

import { calls } from '@lockstep/client'
import { Command } from 'commander'
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
}
const resources = new Set(Object.values(calls).map(({ group }) => kebab(group)))

const program = new Command('pnpm lockstep').description('Keeps customers and Stripe in step.')
const [, , asked = ''] = process.argv
const load = Object.hasOwn(own, asked) ? own[asked] : undefined
if (load) program.addCommand(await load())
else {
  // Help, a wrong name, or a resource of the API.
  if (!resources.has(asked)) for (const each of Object.values(own)) program.addCommand(await each())
  const { resourceCommands } = await import('./resources/resource-commands.ts')
  for (const command of resourceCommands()) program.addCommand(command)
}
program.addHelpText('after', '\nEach command has its own --help.')

process.exitCode = await runCommand(program, process.argv)
