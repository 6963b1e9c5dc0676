// Owns `lockstep doctor`: everything that must be right before the processes can work, one line each.
// Exit codes: 0 all is well, 1 something is not, 2 wrong use.

import { defaultTenantId } from '@lockstep/domain/store/tenant'
import type { Command } from 'commander'
import { ExitWith, newCommand } from '../terminal/command-line.ts'
import { openScreen } from '../terminal/screen.ts'
import type { Check } from './check.ts'
import { checkGateway, checkWorker } from './check-configuration.ts'
import { checkRedis } from './check-redis.ts'
import { checkMongo, checkStripe, checkTenant } from './check-sides.ts'

/** The command. */
export function doctorCommand(): Command {
  return newCommand(
    'doctor',
    'Checks configuration, MongoDB, Redis, Stripe and the tenant, and says what to do.',
    ['pnpm lockstep doctor', 'node --env-file=.env apps/cli/src/main.ts doctor --json'],
  )
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      `
Reads the variables of the gateway and of the worker (see .env.example).
Sends Stripe one call: GET /v1/account.

Ends with 0 (all is well), 1 (something is not) or 2 (wrong use).`,
    )
    .action(async ({ json }: { json: boolean }) => {
      const checks = await examine(process.env)
      const ok = checks.every((check) => check.ok)
      if (json) process.stdout.write(`${JSON.stringify({ ok, checks })}\n`)
      else print(checks)
      throw new ExitWith(ok ? 0 : 1)
    })
}

/** Every check that this environment allows. */
async function examine(env: NodeJS.ProcessEnv): Promise<Check[]> {
  const worker = checkWorker(env)
  const checks = [checkGateway(env), worker.check]
  const mongo = env.MONGO_URL ? await checkMongo(env.MONGO_URL, env.TENANT_ID || defaultTenantId) : null
  checks.push(...(mongo?.checks ?? []))
  if (env.REDIS_URL) checks.push(...(await checkRedis(env.REDIS_URL)))
  if (worker.config === null) return checks
  const stripe = await checkStripe(worker.config)
  checks.push(stripe.check)
  if (mongo?.tenant) checks.push(...checkTenant(mongo.tenant, worker.config.livemode, stripe.account))
  return checks
}

function print(checks: Check[]): void {
  const screen = openScreen(process.stdout, process.env)
  screen.line()
  for (const { ok, name, detail, action } of checks) {
    if (ok) screen.done(name, detail)
    else {
      screen.failed(name)
      for (const text of [detail, action]) if (text) screen.paragraph(text)
    }
  }
  screen.line()
}
