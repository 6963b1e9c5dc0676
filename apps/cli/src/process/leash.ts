// Owns the stack's folder (logs, the sandbox's file) and the processes that are started on its leash.
// Promises: a process on the leash ends with the stack, however the stack ends (leash.sh); each leads its own session,
// so that Ctrl-C in a terminal reaches the stack alone, which ends the rest in order.

import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('leash.sh', import.meta.url))
/** Names itself, then becomes the program; no folder any more, no program. */
const launcher = ': > "$0/$$" || exit 97; exec "$@"'
/** Lines of a log that an error shows: a stack trace and what came before it. */
const tailLines = 15

export interface Leash {
  /** Absolute path. */
  folder: string
  /** Starts a program. Its output is appended to `<name>.log` in the folder. */
  launch(program: { name: string; command: string[]; env: NodeJS.ProcessEnv }): Promise<Leashed>
  /** Ends what still runs and removes the folder. */
  close(): Promise<void>
}

/** A process on the leash. */
export interface Leashed {
  pid: number
  /** Resolves, when it has ended, to how it ended in a few words. */
  ended: Promise<string>
  /** Asks it to end, insists after `patienceMs`; resolves when it is gone. */
  stop(patienceMs: number): Promise<void>
  /** The last lines of its log. */
  logTail(): Promise<string>
}

/** Makes the folder and puts its guard on watch. */
export async function openLeash(): Promise<Leash> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-stack-'))
  const names = join(folder, 'pids')
  await mkdir(names)
  const guard = spawn('/bin/sh', [script, folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.stdin.on('error', () => undefined)
  const guardGone = new Promise<void>((gone) => guard.once('exit', () => gone()).once('error', () => gone()))
  return {
    folder,
    launch: (program) => launch(folder, names, program),
    async close() {
      guard.stdin.destroy()
      await guardGone
    },
  }
}

async function launch(
  folder: string,
  names: string,
  program: { name: string; command: string[]; env: NodeJS.ProcessEnv },
): Promise<Leashed> {
  const logPath = join(folder, `${program.name}.log`)
  const log = await open(logPath, 'a')
  const child = spawn('/bin/sh', ['-c', launcher, names, ...program.command], {
    cwd: '/',
    detached: true,
    env: program.env,
    stdio: ['ignore', log.fd, log.fd],
  })
  await log.close()
  const how = new Promise<string>((ended) => {
    child.once('error', (error) => ended(error.message))
    child.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`))
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${program.name} could not be started: ${await how}`)
  let alive = true
  const ended = how.then(async (text) => {
    alive = false
    await rm(join(names, String(pid)), { force: true })
    return text
  })
  return {
    pid,
    ended,
    async stop(patienceMs) {
      if (alive) child.kill('SIGTERM')
      // A stopped process takes no other signal until it goes on.
      if (alive) child.kill('SIGCONT')
      const patience = new AbortController()
      const late = wait(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined)
      await Promise.race([ended, late])
      patience.abort()
      if (alive) child.kill('SIGKILL')
      await ended
    },
    async logTail() {
      const text = await readFile(logPath, 'utf8').catch(() => '')
      return text.trimEnd().split('\n').slice(-tailLines).join('\n')
    },
  }
}
