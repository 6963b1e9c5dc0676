// Owns a sandbox as its users run it, a process of its own, kept to one core; and the bare server that bounds it.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { nodeOnOneCore } from '../machine.ts'

export interface ServerProcess {
  url: string
  pid: number
  close(): Promise<void>
}

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

/** Both print their address as JSON in their first line. */
const announced = z.object({ url: z.string(), pid: z.number() })

async function start(main: string, ...args: string[]): Promise<ServerProcess> {
  const command = nodeOnOneCore([main, ...args])
  const child = spawn(command.command, command.args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), died(child)])
  const { url, pid } = announced.parse(JSON.parse(String(line)))
  return {
    url,
    pid,
    async close() {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

async function died(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit')
  throw new Error(`the server ended with ${String(code)} before it listened`)
}
