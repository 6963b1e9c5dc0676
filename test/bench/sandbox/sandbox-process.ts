// Owns a sandbox as its users run it, a process of its own, kept to one core; and the bare server that bounds it.

import { fileURLToPath } from 'node:url'
import { nodeOnOneCore } from '../machine.ts'
import { type ServerProcess, startServer } from '../server-process.ts'

export type { ServerProcess }

const sandboxMain = fileURLToPath(new URL('../../../packages/stripe-sandbox/src/main.ts', import.meta.url))
const bareMain = fileURLToPath(new URL('./bare-server.ts', import.meta.url))

/** Limits and latency off. */
export function startSandboxProcess(...options: string[]): Promise<ServerProcess> {
  return start(sandboxMain, '--port', '0', '--limits', 'off', '--latency', '0', '--json', ...options)
}

/** A server that answers every request with one fixed customer: what HTTP alone costs in Node. */
export function startBareServer(): Promise<ServerProcess> {
  return start(bareMain)
}

function start(main: string, ...args: string[]): Promise<ServerProcess> {
  const { command, args: rest } = nodeOnOneCore([main, ...args])
  return startServer(command, rest)
}
