// The process `pnpm lockstep`: what people on duty call.

import { Command } from 'commander'
import { connectCommand } from './connect/connect-command.ts'
import { doctorCommand } from './doctor/doctor-command.ts'
import { exportCommand } from './export/export-command.ts'
import { importCommand } from './import/import-command.ts'
import { keysCommand } from './keys/keys-command.ts'
import { migrateCommand } from './migrate/migrate-command.ts'
import { parkedCommand } from './parked/parked-command.ts'
import { retryCommand } from './parked/retry-command.ts'
import { duplicatesCommand } from './duplicates/duplicates-command.ts'
import { repairCommand } from './repair/repair-command.ts'
import { observeCommand } from './tenant/observe-command.ts'
import { pauseCommand } from './tenant/pause-command.ts'
import { resumeCommand } from './tenant/resume-command.ts'
import { resourceCommands } from './resources/resource-commands.ts'
import { runCommand } from './terminal/command-line.ts'
import { verifyCommand } from './verify/verify-command.ts'

const program = new Command('pnpm lockstep')
  .description('Keeps customers and Stripe in step.')
  .addCommand(connectCommand())
  .addCommand(verifyCommand())
  .addCommand(repairCommand())
  .addCommand(duplicatesCommand())
  .addCommand(doctorCommand())
  .addCommand(parkedCommand())
  .addCommand(retryCommand())
  .addCommand(pauseCommand())
  .addCommand(resumeCommand())
  .addCommand(observeCommand())
  .addCommand(migrateCommand())
  .addCommand(keysCommand())
  .addCommand(importCommand())
  .addCommand(exportCommand())
for (const command of resourceCommands()) program.addCommand(command)
program.addHelpText('after', '\nEach command has its own --help.')

process.exitCode = await runCommand(program, process.argv)
