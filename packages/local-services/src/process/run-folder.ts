// Owns: the temporary folder of one running service, and the guard that clears it away.
// Promises: however this process ends (return, exit, uncaught error, any signal, kill -9), every server
// launched in the folder ends too, and the folder goes. Data outside it (`dataDir`) is kept.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const guardScript = fileURLToPath(new URL('guard.sh', import.meta.url))

/** Tenths of a second: data that is kept deserves an orderly end; 5 s is more than either server needs. */
const patienceTenths = 50

/** The folder of one running service. */
export interface RunFolder {
  /** Absolute path; holds logs and the list of processes. */
  path: string
  /** Where the server's data lies: inside the folder, or the caller's own. */
  dataPath: string
  /** Ends whatever still runs and removes the folder; resolves when both are done. */
  close(): Promise<void>
}

/** Makes a run folder, `label` in its name, with its guard on watch. */
export async function openRunFolder(label: string, dataDir: string | undefined): Promise<RunFolder> {
  const path = await mkdtemp(join(tmpdir(), `lockstep-${label}-`))
  // mkdtemp gives 0700; a server that runs as another user must be able to pass through.
  await chmod(path, 0o755)
  await mkdir(join(path, 'pids'))
  const patience = dataDir === undefined ? 0 : patienceTenths
  const guard = spawn('/bin/sh', [guardScript, path, String(patience)], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const gone = exitOf(guard)
  forget(guard)
  const dataPath = dataDir === undefined ? join(path, 'data') : resolve(dataDir)
  await mkdir(dataPath, { recursive: true })
  return {
    path,
    dataPath,
    close: async () => {
      guard.ref()
      guard.stdin?.destroy()
      await gone
      // Done by the guard; not where somebody killed it.
      await rm(path, { recursive: true, force: true })
    },
  }
}

/** Resolves when the process has ended, also where it could not be started. */
function exitOf(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    child.once('exit', () => done())
    child.once('error', () => done())
  })
}

/** Keeps the guard from holding this process open: the guard is there for the time after it. */
function forget(guard: ChildProcess): void {
  guard.unref()
  const pipe = guard.stdin
  if (pipe !== null && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
  // A guard that was killed shows as EPIPE here; stop() still ends what was started.
  pipe?.on('error', () => {})
}
