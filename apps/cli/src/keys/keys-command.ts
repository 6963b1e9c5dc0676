// Owns `lockstep keys`: makes API keys. Promises: a key's text is printed once, here, and stored nowhere; that it was made
// is in the audit log before it is.

import { commandLine } from '@lockstep/domain/audit/audit'
import { systemRandom } from '@lockstep/domain/clock/clock'
import { openMongoStore } from '@lockstep/domain/store/mongo/open-store'
import type { Scope } from '@lockstep/domain/store/tenant'
import { Command } from 'commander'
import { readStoreEnvironment } from '../environment.ts'
import { UsageError, newCommand } from '../terminal/command-line.ts'
import { openScreen } from '../terminal/screen.ts'
import { newApiKey } from './new-api-key.ts'

/** The command with its one child, `create`. */
export function keysCommand(): Command {
  const create = newCommand('create', 'Makes an API key of the tenant and prints it once.', [
    'pnpm lockstep keys create',
    'pnpm lockstep keys create --operator --json | jq -r .key',
  ])
    .option('--operator', 'the key may also do what operators do, and opens the console', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      `
Reads MONGO_URL and, where set, TENANT_ID. Only the key's SHA-256 is stored:
keep what is printed.

Ends with 0 (it is made) or 2 (wrong use).`,
    )
    .action(createKey)
  return new Command('keys').description('API keys of the gateway.').addCommand(create)
}

async function createKey(flags: { operator: boolean; json: boolean }): Promise<void> {
  const { mongoUrl, tenantId } = readStoreEnvironment(process.env)
  const scopes: Scope[] = flags.operator ? ['customers', 'operator'] : ['customers']
  const store = await openMongoStore({ url: mongoUrl, poolSize: 1, appName: 'lockstep-cli' })
  try {
    if (!(await store.readTenant(tenantId)))
      throw new UsageError(
        `MongoDB has no tenant ${tenantId}. See TENANT_ID; pnpm lockstep connect makes one.`,
      )
    const { key, record } = newApiKey({ tenantId, scopes, at: Date.now() })
    await store.appendAudit({
      _id: systemRandom.uuid(),
      tenant_id: tenantId,
      at: record.created_at,
      key_id: commandLine,
      action: 'api_key.create',
      customer_id: null,
      subject: record.key_id,
      request_id: null,
    })
    await store.insertApiKey(record)
    if (flags.json) {
      process.stdout.write(`${JSON.stringify({ key, key_id: record.key_id, tenant: tenantId, scopes })}\n`)
      return
    }
    const screen = openScreen(process.stdout, process.env)
    screen.done(`API key ${record.key_id}`, `${tenantId}: ${scopes.join(', ')}`)
    screen.line(`    ${key}`)
    screen.note('It is not shown again.')
  } finally {
    await store.close()
  }
}
