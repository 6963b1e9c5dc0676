// Owns how a running stack is shown: one JSON object for programs, a calm page for people.
// Promises: the object's keys are stable (DESIGN section 7); times, if any, and ids only; never more than 80 columns.

import { writeFile } from 'node:fs/promises'
import type { Screen } from '../terminal/screen.ts'
import type { Restarted, Stack } from './start-stack.ts'

/** The object of `pnpm stack --json`; the services' process ids only where they were started here. */
export function stackObject(stack: Stack) {
  const { redis, mongo, mongo_gateway, ...own } = stack.pids()
  return {
    gateway: stack.gateways[0],
    gateways: stack.gateways,
    sandbox: stack.sandbox,
    console: consoleUrl(stack),
    mongo_url: stack.mongoUrl,
    redis_url: stack.redisUrl,
    tenant: stack.tenant,
    api_key: stack.apiKey,
    admin_key: stack.adminKey,
    stripe_secret_key: stack.stripeSecretKey,
    webhook_secret: stack.webhookSecret,
    logs: stack.folder,
    pids: {
      ...own,
      ...(redis === null ? {} : { redis }),
      ...(mongo === null ? {} : { mongo }),
      ...(mongo_gateway === null ? {} : { mongo_gateway }),
    },
  }
}

/** One line for each restart, in the same stream. */
export function restartObject(event: Restarted) {
  return { event: 'restarted', ...event }
}

/** URLs, keys, what to try, how to end it. */
export function printStack(screen: Screen, stack: Stack): void {
  screen.title('Lockstep is running')
  screen.line()
  printUrls(screen, stack)
  screen.section('Try it')
  screen.line()
  for (const line of [
    `curl -s '${stack.gateways[0]}/v1/customers' \\`,
    `  -H 'Authorization: Bearer ${stack.apiKey}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '{"email": "ada@example.com", "name": "Ada Lovelace"}'`,
  ]) {
    screen.line(`    ${line}`)
  }
  screen.section('Check that both sides agree')
  screen.line()
  for (const line of verifyLines(stack)) screen.line(`    ${line}`)
  screen.line()
  screen.note('Ctrl-C ends everything.')
}

/** The addresses and keys, one a line. */
export function printUrls(screen: Screen, stack: Stack): void {
  const others = stack.gateways.slice(1).map((url): [string, string] => ['', url])
  const rows: [string, string][] = [
    ['Gateway', stack.gateways[0] ?? ''],
    ...others,
    ['Console', `${consoleUrl(stack)}   (sign in with the admin key)`],
    ['Sandbox', `${stack.sandbox}   (Stripe, limits: ${stack.limits})`],
    ['MongoDB', stack.mongoUrl],
    ['Redis', stack.redisUrl],
    ['Logs', stack.folder],
    ['API key', stack.apiKey],
    ['Admin key', stack.adminKey],
    ['Stripe key', stack.stripeSecretKey],
  ]
  screen.table({ columns: [{}, { shrinks: true }], rows })
}

function consoleUrl(stack: Stack): string {
  return `${stack.gateways[0]}/ops`
}

/** The command that compares both sides; in two lines, since a cut one is of no use, and by npx, since pnpm may be missing. */
export function verifyLines(stack: Pick<Stack, 'folder'>): string[] {
  return [`env $(cat ${envFile(stack)}) \\`, '  npx -y pnpm@12 lockstep verify']
}

/** Where the variables that `pnpm lockstep` reads are kept while the stack runs. */
export function envFile(stack: Pick<Stack, 'folder'>): string {
  return `${stack.folder}/env`
}

/** Writes it, for this user's eyes alone: names and values that need no quoting. */
export async function writeEnvFile(stack: Stack): Promise<void> {
  const values = {
    MONGO_URL: stack.mongoUrl,
    REDIS_URL: stack.redisUrl,
    TENANT_ID: stack.tenant,
    STRIPE_SECRET_KEY: stack.stripeSecretKey,
    STRIPE_API_BASE: stack.sandbox,
    STRIPE_WEBHOOK_SECRETS: stack.webhookSecret,
    NODE_ENV: 'development',
  }
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`)
  await writeFile(envFile(stack), lines.join(''), { mode: 0o600 })
}
