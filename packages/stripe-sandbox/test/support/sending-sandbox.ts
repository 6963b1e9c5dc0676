/**
 * Owns a sandbox that sends its events to a receiver, for one test file.
 * Promises: each test begins with no objects, nothing on its way and nothing received; the endpoint with its `secret` is there.
 */
import { beforeEach } from 'vitest'
import type { SandboxOptions } from '../../src/index.ts'
import { startReceiver, type Receiver } from './receiver.ts'
import { testSandbox, type TestSandbox } from './sandbox.ts'

/** Starts both; the clock of the sandbox stands still. */
export async function sendingSandbox(
  options: SandboxOptions = {},
): Promise<{ readonly sandbox: TestSandbox; readonly receiver: Receiver; readonly secret: string }> {
  const receiver = await startReceiver()
  const secret = 'whsec_preset'
  const sandbox = await testSandbox({ frozen: true, webhooks: [{ url: receiver.url, secret }], ...options })
  beforeEach(async () => {
    await sandbox.door('POST', '/reset')
    await sandbox.settled()
    receiver.clear()
  })
  return { sandbox, receiver, secret }
}
