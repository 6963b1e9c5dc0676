// Owns `lockstep resume`: shows why a tenant stands still, asks, and lets it go on.
// Exit codes: 0 nothing is paused any more, 3 it is still paused, 4 MongoDB is away, 2 wrong use.

import { createInterface } from 'node:readline/promises'
import { openMongoStore } from '@lockstep/domain/store/mongo/open-store'
import { type Store, StoreUnavailable } from '@lockstep/domain/store/store'
import type { Pause } from '@lockstep/domain/store/tenant'
import { Command } from 'commander'
import { readStoreEnvironment } from '../environment.ts'
import { ExitWith, UsageError } from '../terminal/command-line.ts'
import { openScreen } from '../terminal/screen.ts'
import { adviceByReason, type Paused, pausesOf, resumeTenant } from './resume-tenant.ts'

const stillPausedExit = 3
const unreachableExit = 4

interface Flags {
  yes: boolean
  json: boolean
}

/** The command. */
export function resumeCommand(): Command {
  return new Command('resume')
    .description('Shows why the tenant is paused and lets its traffic go on.')
    .option('--yes', 'do not ask', false)
    .option('--json', 'print one JSON object; without --yes it only shows the pause', false)
    .addHelpText(
      'after',
      `
Reads MONGO_URL and, where set, TENANT_ID. The workers go on within a second or
two.

Examples:
  pnpm lockstep resume
  pnpm lockstep resume --yes`,
    )
    .action(async (flags: Flags) => {
      const { mongoUrl, tenantId } = readStoreEnvironment(process.env)
      try {
        const store = await openMongoStore({ url: mongoUrl, poolSize: 1, appName: 'lockstep-cli' })
        try {
          await resume(store, tenantId, flags)
        } finally {
          await store.close()
        }
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error
        openScreen(process.stderr, process.env).failed('nothing was changed', 'MongoDB is away')
        throw new ExitWith(unreachableExit)
      }
    })
}

async function resume(store: Store, tenantId: string, { yes, json }: Flags): Promise<void> {
  const screen = openScreen(json ? process.stderr : process.stdout, process.env)
  const tenant = await store.readTenant(tenantId)
  if (!tenant) throw new UsageError(`MongoDB has no tenant ${tenantId}`)
  const paused = pausesOf(tenant)
  if (paused === null) {
    if (json) print({ tenant: tenantId, resumed: false, paused: null })
    else screen.done(`tenant ${tenantId} is not paused`)
    return
  }
  if (!json) show(screen, paused)
  const agreed = yes || (!json && (await asked(`  Let tenant ${tenantId} go on? [y/N] `)))
  const left = agreed ? await resumeTenant(store, tenantId, paused) : paused
  if (json) print({ tenant: tenantId, resumed: left === null, paused: left })
  else if (left === null) screen.done(`tenant ${tenantId} goes on`)
  else screen.failed(`tenant ${tenantId} stays paused`)
  if (left !== null) throw new ExitWith(stillPausedExit)
}

function show(screen: ReturnType<typeof openScreen>, { inbound, outbound }: Paused): void {
  const line = (what: string, pause: Pause | null) => {
    if (pause === null) return
    screen.failed(what, `${pause.reason}, since ${new Date(pause.at).toISOString()}`)
    screen.note(pause.detail)
    screen.note(adviceByReason[pause.reason])
  }
  line('nothing is sent to Stripe', outbound)
  line('webhooks are kept, not acted on', inbound)
}

async function asked(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const input = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await input.question(question).finally(() => input.close())
  return /^y(es)?$/i.test(answer.trim())
}

function print(object: object): void {
  process.stdout.write(`${JSON.stringify(object)}\n`)
}
