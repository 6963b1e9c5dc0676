// Owns: running a command to its end, for builds and probes.
// Promises: the command and its children do not outlive this process: they are watched by a guard of their own.
import { spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'

/** A command that ended with another exit code than 0. */
export class CommandFailed extends Error {
  /** True where it was ended by its caller's signal: then the cause lies elsewhere. */
  readonly wasEnded: boolean
  constructor(command: string, how: string, output: string, wasEnded: boolean) {
    super(`${command} ended with ${how}: ${output.trim().split('\n').slice(-12).join('\n')}`)
    this.wasEnded = wasEnded
  }
}

/** How to run it. */
export interface CommandOptions {
  env: NodeJS.ProcessEnv
  cwd?: string
  /** Takes each line of standard output as it comes. */
  onLine?: (line: string) => void
  /** Ends the command, and everything it started, when aborted. */
  signal?: AbortSignal
}

/**
 * Reads the owner's pipe on descriptor 3 and ends the whole session when it closes. The command keeps the
 * script's own process group, so that one signal reaches it and its children.
 */
const watched =
  '( trap "" HUP INT TERM; while read -r _; do :; done; kill -KILL -$$ ) <&3 >/dev/null 2>&1 & watcher=$!; exec 3<&-; "$@"; code=$?; kill -KILL $watcher; exit $code'

/** Runs a command; resolves to its standard output. @throws CommandFailed with the end of what it said. */
export async function run(command: string[], options: CommandOptions): Promise<string> {
  const child = spawn('/bin/sh', ['-c', watched, 'command', ...command], {
    detached: true,
    env: options.env,
    cwd: options.cwd ?? '/',
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const pipe = child.stdio[3]
  pipe?.on('error', () => {})
  const abort = () => pipe?.destroy()
  options.signal?.addEventListener('abort', abort, { once: true })
  if (options.signal?.aborted === true) abort()
  let output = ''
  let errors = ''
  let partial = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
    const lines = (partial + text).split('\n')
    partial = lines.pop() ?? ''
    for (const line of lines) options.onLine?.(line)
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const how = await new Promise<string>((done) => {
    child.once('error', (error) => done(error.message))
    child.once('close', (code, signal) => done(signal ?? `exit code ${code}`))
  })
  pipe?.destroy()
  options.signal?.removeEventListener('abort', abort)
  if (how !== 'exit code 0') {
    const wasEnded = options.signal?.aborted === true
    throw new CommandFailed(command.slice(0, 3).join(' '), how, errors || output, wasEnded)
  }
  return output
}

/** The first file named `program` in PATH that may be executed. */
export async function findProgram(program: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program)
    if (isAbsolute(folder) && (await isExecutable(path))) return path
  }
  return undefined
}

/** Whether this process may execute the file. */
export function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
