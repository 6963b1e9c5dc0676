// The process `pnpm demo`: read the file, start the stack, show the first sync, stay or end.

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { printUrls, verifyLines, writeEnvFile } from '../stack/print-stack.ts'
import { type Stack, startStack } from '../stack/start-stack.ts'
import { toldToEnd } from '../process/told-to-end.ts'
import { ExitWith, runCommand, UsageError } from '../terminal/command-line.ts'
import { openScreen, type Screen } from '../terminal/screen.ts'
import { CsvError, type CustomerFile, readCustomerCsv } from '../import/chinook-csv.ts'
import { demoCommand, type DemoFlags } from './demo-command.ts'
import { duration } from './measure/numbers.ts'
import { resultObject } from './result-object.ts'
import { runDemo } from './run-demo.ts'
import { tellFile } from './tell.ts'

const chinook = fileURLToPath(new URL('../../../../data/chinook-customers.csv', import.meta.url))
/** Both sides differ in the end. */
const driftExit = 3

async function run(flags: DemoFlags): Promise<void> {
  const file = await readCustomers(flags.customers ?? chinook)
  const told = toldToEnd()
  const screen = openScreen(flags.json ? process.stderr : process.stdout, process.env)
  screen.title('Lockstep: the first sync')
  tellFile(screen, file, flags.customers ?? 'data/chinook-customers.csv')
  screen.section('Everything on this machine')
  const began = performance.now()
  const starting = startStack({
    workers: 1,
    gateways: 1,
    limits: 'sandbox',
    announce: (line) => screen.paragraph(line),
    restarted: () => undefined,
  })
  const stack = await Promise.race([starting, told.then(() => null)])
  if (stack === null) process.exit(0)
  screen.done('gateway, worker, local Stripe ready', duration(performance.now() - began))
  try {
    const demo = runDemo(stack, file, screen)
    const result = await Promise.race([demo, told.then(() => null)])
    if (result === null) return
    if (flags.json) process.stdout.write(`${JSON.stringify(resultObject(result))}\n`)
    if (flags.exit) throw new ExitWith(result.comparison.agreed ? 0 : driftExit)
    await stayUp(stack, screen)
    await told
  } finally {
    await stack.stop()
  }
}

async function stayUp(stack: Stack, screen: Screen): Promise<void> {
  await writeEnvFile(stack)
  screen.section('It stays up')
  printUrls(screen, stack)
  screen.line()
  for (const line of verifyLines(stack)) screen.note(line)
  screen.note('Ctrl-C ends everything.')
}

async function readCustomers(path: string): Promise<CustomerFile> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) throw new UsageError(`${path}: no such file, or it cannot be read`)
  try {
    return readCustomerCsv(text)
  } catch (error) {
    throw error instanceof CsvError ? new UsageError(`${path}: ${error.message}`) : error
  }
}

process.stdout.on('error', () => undefined)
process.exit(await runCommand(demoCommand(run), process.argv))
