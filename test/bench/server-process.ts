// Owns a server of a benchmark that is a process of its own: its start, its address and its end.
// Promises: it ends with this process, however that ends by itself or is asked to.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { z } from 'zod'

export interface ServerProcess {
  url: string
  pid: number
  close(): Promise<void>
}

/** Every server prints its address as JSON in its first line. */
const announced = z.object({ url: z.string(), pid: z.number() })

/** Starts it and waits until it has told its address. */
export async function startServer(command: string, args: readonly string[]): Promise<ServerProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const endWithUs = () => child.kill('SIGKILL')
  process.once('exit', endWithUs)
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), died(child)])
  const { url, pid } = announced.parse(JSON.parse(String(line)))
  return {
    url,
    pid,
    async close() {
      process.off('exit', endWithUs)
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
