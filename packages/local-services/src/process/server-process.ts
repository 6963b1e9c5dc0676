// Owns: one server process: its launch, its log, its end.
// Promises: it runs only while its run folder stands (see run-folder.ts), in a session of its own, so that
// Ctrl-C in a terminal reaches its owner alone; how it ended is told with the end of its log.
import { spawn } from 'node:child_process'
import { open, readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { RunFolder } from './run-folder.ts'

/**
 * Names itself in RUN/pids before it becomes the server: no entry (the folder is closing), no server. Then it
 * locks the data folder, on a descriptor that the server and its children inherit, so that two servers never
 * work on one folder; 6 s is what the end of an earlier one may take (guard.sh). Where there is no flock (macOS), none.
 */
const launcher = `: > "$0/$$" || exit 97
lock=$1; shift
if [ -n "$lock" ] && command -v flock >/dev/null; then
  exec 9>"$lock"
  flock -w 6 9 || { echo "another server is using $lock" >&2; exit 98; }
fi
exec "$@"`

/** An orderly end takes both servers well under 2 s; after 10 s nobody should wait on. */
const orderlyEndMs = 10_000

/** What to run. */
export interface Launch {
  run: RunFolder
  /** Names the log file and the errors, e.g. `postgres`. */
  name: string
  command: string[]
  env: NodeJS.ProcessEnv
  /** The data folder that this server must have to itself. */
  dataPath?: string
  /** True where the command only waits for one child that does the work (`unshare --fork`). */
  worksInChild?: boolean
  /** What asks this server for an orderly end. */
  stopSignal: NodeJS.Signals
}

/** A launched server. */
export interface ServerProcess {
  readonly name: string
  /** The process that does the work. */
  readonly pid: number
  /** Everything of it that this process started. */
  readonly pids: number[]
  readonly alive: boolean
  /** Resolves to one line that says how it ended. */
  readonly ended: Promise<string>
  /** Asks for an orderly end, insists after 10 s; resolves when it is gone. */
  stop(): Promise<void>
  /** Sends a signal and waits for its effect: frozen for SIGSTOP, gone (up to 10 s) for one that ends a process. */
  kill(signal: NodeJS.Signals): Promise<void>
  /** The last lines of its log. */
  logTail(): Promise<string>
}

/** Starts a server. It need not answer yet when this resolves. @throws Error where it ended at once. */
export async function launchServer(launch: Launch): Promise<ServerProcess> {
  const logPath = join(launch.run.path, `${launch.name}.log`)
  const log = await open(logPath, 'a')
  const lock = launch.dataPath === undefined ? '' : join(launch.dataPath, '.lockstep-lock')
  const launched = ['-c', launcher, join(launch.run.path, 'pids'), lock, ...launch.command]
  const child = spawn('/bin/sh', launched, {
    cwd: '/',
    detached: true,
    env: launch.env,
    stdio: ['ignore', log.fd, log.fd],
  })
  await log.close()
  child.unref()
  let alive = true
  const ended = new Promise<string>((done) => {
    child.once('error', (error) => done(`${launch.name} could not be started: ${error.message}`))
    child.once('exit', (code, signal) => done(`${launch.name} ended (${signal ?? `exit code ${code}`})`))
  }).then(async (how) => {
    alive = false
    await rm(join(launch.run.path, 'pids', String(child.pid)), { force: true })
    return how
  })
  const logTail = () => tailOf(logPath)
  const outer = child.pid ?? 0
  const pid = launch.worksInChild === true ? await childOf(outer, () => alive) : outer
  if (pid === undefined || outer === 0) throw new Error(`${await ended}\n${await logTail()}`)

  /** Waits for the end with the event loop held open: nothing else may be left to hold it. */
  const waitForEnd = async (limitMs: number): Promise<boolean> => {
    child.ref()
    const limit = new AbortController()
    const late = delay(limitMs, false, { signal: limit.signal }).catch(() => false)
    const inTime = await Promise.race([ended.then(() => true), late])
    limit.abort()
    if (!inTime) child.unref()
    return inTime
  }
  const signalTo = (target: number, signal: NodeJS.Signals) => {
    if (alive) sendSignal(target, signal)
  }
  return {
    name: launch.name,
    pid,
    pids: pid === outer ? [pid] : [pid, outer],
    get alive() {
      return alive
    },
    ended,
    logTail,
    kill: async (signal) => {
      signalTo(pid, signal)
      if (signal === 'SIGSTOP') await untilFrozen(pid)
      else if (signal !== 'SIGCONT') await waitForEnd(orderlyEndMs)
    },
    stop: async () => {
      signalTo(pid, launch.stopSignal)
      // A stopped process (SIGSTOP) takes no other signal until it goes on.
      signalTo(pid, 'SIGCONT')
      if (await waitForEnd(orderlyEndMs)) return
      signalTo(pid, 'SIGKILL')
      signalTo(outer, 'SIGKILL')
      await waitForEnd(orderlyEndMs)
    },
  }
}

/** Sends a signal; a process that is already gone is as good. */
function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Threads stop one after the other, and the last may still answer a request (Linux; elsewhere not waited for). */
async function untilFrozen(pid: number): Promise<void> {
  for (;;) {
    const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
    const states = threads.map((thread) =>
      readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => ''),
    )
    if ((await Promise.all(states)).every((stat) => !/\) [RSD] /.test(stat))) return
    await delay(5)
  }
}

/**
 * The one child of `pid` (Linux), as soon as there is one; undefined if `pid` ends before. While `pid` is still
 * the launcher, a shell, its child is only the flock.
 */
async function childOf(pid: number, alive: () => boolean): Promise<number | undefined> {
  while (alive()) {
    const isLauncher = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim() === 'sh'
    const children = isLauncher
      ? ''
      : await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
    const first = Number.parseInt(children, 10)
    if (first > 0) return first
    await delay(5)
  }
  return undefined
}

/** The last 15 lines: enough to show PostgreSQL's FATAL with its context. */
async function tailOf(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-15).join('\n')
}
