// Owns: what tests ask about processes and folders.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** A folder that goes with the test. */
export async function folderForTest(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Whether a process runs: one that ended and was not yet waited for (a zombie) does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return stat !== undefined && !/\) Z /.test(stat)
}

/** A script of this folder as a process of its own, leading its own group. */
export interface ScriptProcess {
  child: ChildProcess
  pid: number
  /** The next line of its standard output; undefined at the end. */
  line: () => Promise<string | undefined>
}

/** Starts a script of this folder; it is killed with the test. */
export function startScript(name: string, args: string[], env: NodeJS.ProcessEnv = {}): ScriptProcess {
  const script = fileURLToPath(new URL(name, import.meta.url))
  const child = spawn(process.execPath, [script, ...args], {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  if (child.stdout === null || child.pid === undefined) throw new Error(`${name} did not start`)
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    child,
    pid: child.pid,
    line: async () => {
      const next = await lines.next()
      return next.done === true ? undefined : next.value
    },
  }
}
