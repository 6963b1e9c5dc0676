import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { commandLine } from '@lockstep/domain/audit/audit'
import { expect, inject, onTestFinished, test } from 'vitest'
import { childCoverage } from '../../../test/support/child-coverage.ts'
import { freshTenant } from '../../../test/support/members.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

test('a key that the command line makes is on record by its name, and its text nowhere', async () => {
  const tenant = await freshTenant(inject('mongoUrl'))
  onTestFinished(() => tenant.close())
  const { mongoUrl, store } = tenant
  const env = { ...childCoverage(), MONGO_URL: mongoUrl }
  const made = await promisify(execFile)(process.execPath, [main, 'keys', 'create', '--json'], { env })
  const { key, key_id: keyId } = JSON.parse(made.stdout)
  const log = await store.listAudit({ tenantId: 'default', action: 'api_key.create', limit: 10 })
  expect(log).toMatchObject([{ key_id: commandLine, subject: keyId, customer_id: null }])
  expect(JSON.stringify(log)).not.toContain(key)
})
