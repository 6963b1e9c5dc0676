/**
 * Owns the package as somebody gets it: packed by pnpm, installed by npm into an empty folder, run by the oldest Node it is meant for.
 * Promises: nothing of it stays behind, in the temporary folder or beside the sources.
 */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** An installed package. */
export type Installed = {
  /** A folder of somebody who uses it. */
  readonly folder: string
  /** Where it is in there. */
  readonly package: string
  /** The Node that runs it: 20 where this machine has one, else the one that runs the tests. */
  readonly node: string
  /** Runs a program there with that Node first in the PATH; rejects if it fails. */
  readonly run: (program: string, ...args: string[]) => Promise<string>
  readonly write: (name: string, text: string) => void
  readonly remove: () => void
}

/** Packs and installs. */
export async function installPacked(): Promise<Installed> {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-packed-'))
  const node = oldestNode()
  const env = { ...surroundings(), PATH: [dirname(node), process.env['PATH']].join(delimiter) }
  const run = async (program: string, ...args: string[]) =>
    (await promisify(execFile)(program, args, { cwd: folder, env })).stdout
  const remove = () => {
    for (const path of [folder, join(root, 'dist')]) rmSync(path, { recursive: true, force: true })
  }
  try {
    pack(folder)
    const [tarball = ''] = readdirSync(folder)
    await run('npm', 'install', '--offline', '--no-audit', '--no-fund', `./${tarball}`)
  } catch (error) {
    remove()
    throw error
  }
  return {
    folder,
    package: join(folder, 'node_modules/@lockstep/stripe-sandbox'),
    node,
    run,
    write: (name, text) => writeFileSync(join(folder, name), text),
    remove,
  }
}

function pack(folder: string): void {
  // The pnpm that runs these tests is at hand; npx would ask a registry for it first.
  const running = process.env['npm_execpath']
  const [command, ...words] = running?.endsWith('pnpm') ? [running] : ['npx', '-y', 'pnpm@12']
  execFileSync(command, [...words, 'pack', '--pack-destination', folder], { cwd: root, env: surroundings() })
}

/** What a surrounding pnpm says of its own run is not said to others. */
function surroundings(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_registry)|pnpm_)/i.test(name)),
  )
}

function oldestNode(): string {
  const named = (process.env['PATH'] ?? '').split(delimiter).map((path) => join(path, 'node'))
  const found = named.find((path) => existsSync(path) && majorOf(path) === 20)
  return found ?? process.execPath
}

function majorOf(node: string): number {
  try {
    return Number(/^v(\d+)/.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[1])
  } catch {
    return 0
  }
}
