// Owns a rehearsal of the Dockerfile without an engine: reads it, and lays out what a target would hold in a folder.
// Promises: what .dockerignore keeps away is not there; the installs are the Dockerfile's own commands; what it cannot
// rehearse (users, owners, layers) is left out, and an instruction that it does not know is an error.

import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repository = fileURLToPath(new URL('../..', import.meta.url))

interface Instruction {
  name: string
  args: string
}

/** One `FROM … AS name` and what follows it. */
export interface DockerStage {
  name: string
  from: string
  instructions: Instruction[]
}

/** The stages in their order. */
export function readDockerfile(text: string): DockerStage[] {
  const joined = text.replaceAll(/^\s*#.*\n/gm, '').replaceAll(/\\\n\s*/g, ' ')
  const stages: DockerStage[] = []
  for (const line of joined.split('\n').filter((each) => each.trim() !== '')) {
    const [, name = '', args = ''] = /^([A-Z]+) (.*)$/.exec(line.trim()) ?? []
    const from = /^(\S+) AS (\S+)$/.exec(name === 'FROM' ? args : '')
    if (from) stages.push({ from: from[1] ?? '', name: from[2] ?? '', instructions: [] })
    else stages.at(-1)?.instructions.push({ name, args })
  }
  return stages
}

/** A target as it would run. */
export interface RehearsedImage {
  /** What would be `/` of the container. */
  root: string
  workdir: string
  env: Record<string, string>
  user: string
  stopSignal: string
  entrypoint: string[]
  /** What follows the entry point unless the container is told otherwise. */
  cmd: string[]
  healthcheck: string[]
}

export interface Rehearsal {
  build(target: string): Promise<RehearsedImage>
  close(): void
}

/** Rehearses targets in a temporary folder; stages that several share are made once. */
export function openRehearsal(): Rehearsal {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-image-'))
  const stages = readDockerfile(readFileSync(join(repository, 'Dockerfile'), 'utf8'))
  const ignored = ignoreRules(readFileSync(join(repository, '.dockerignore'), 'utf8'))
  const built = new Map<string, Promise<RehearsedImage>>()

  function build(target: string): Promise<RehearsedImage> {
    const known = built.get(target)
    if (known) return known
    const stage = stages.find(({ name }) => name === target)
    if (!stage) throw new Error(`the Dockerfile has no stage ${target}`)
    const made = buildStage(stage)
    built.set(target, made)
    return made
  }

  async function buildStage(stage: DockerStage): Promise<RehearsedImage> {
    const root = join(folder, stage.name)
    mkdirSync(root)
    const below = stages.some(({ name }) => name === stage.from) ? await build(stage.from) : null
    if (below) linkTree(below.root, root)
    const image: RehearsedImage = {
      ...(below ?? bare),
      env: { ...below?.env },
      root,
    }
    for (const instruction of stage.instructions) await follow(image, instruction)
    return image
  }

  async function follow(image: RehearsedImage, { name, args }: Instruction): Promise<void> {
    if (name === 'WORKDIR') image.workdir = args
    else if (name === 'ENV') Object.assign(image.env, Object.fromEntries(args.split(' ').map(pairOf)))
    else if (name === 'USER') image.user = args
    else if (name === 'STOPSIGNAL') image.stopSignal = args
    else if (name === 'ENTRYPOINT') image.entrypoint = list(args)
    else if (name === 'CMD') image.cmd = list(args)
    else if (name === 'HEALTHCHECK') image.healthcheck = list(args.slice(args.indexOf('[')))
    else if (name === 'COPY') await copy(image, args)
    else if (name === 'RUN') await run(image, args)
    else if (name !== 'EXPOSE' && name !== 'VOLUME') throw new Error(`cannot rehearse ${name}`)
  }

  async function copy(image: RehearsedImage, args: string): Promise<void> {
    const words = args.split(' ')
    const other = /^--from=(\S+)$/.exec(words[0] ?? '')?.[1]
    const target = join(image.root, image.workdir, words.at(-1) ?? '')
    if (other !== undefined) return linkTree(join((await build(other)).root, words[1] ?? ''), target)
    for (const source of words.slice(0, -1)) {
      const path = join(repository, source)
      if (!existsSync(path)) throw new Error(`COPY ${args}: ${source} is not there`)
      if (ignored(source)) throw new Error(`.dockerignore keeps ${source} away`)
      // Of a folder its content is copied, a file goes below its own name.
      const to = statSync(path).isDirectory() ? target : join(target, basename(source))
      cpSync(path, to, {
        recursive: true,
        verbatimSymlinks: true,
        filter: (each) => !ignored(relative(repository, each)),
      })
    }
  }

  return { build, close: () => rmSync(folder, { recursive: true, force: true }) }
}

const bare = { workdir: '/', env: {}, user: 'root', stopSignal: '', entrypoint: [], cmd: [], healthcheck: [] }

/** What one stage takes from another, thousands of small files: linked where the system can. */
function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  const options = process.platform === 'linux' ? '-al' : '-R'
  execFileSync('cp', [options, `${from}/.`, to])
}

/** Only installs are rehearsed: other commands change what only an image has, its users and folders. */
async function run(image: RehearsedImage, args: string): Promise<void> {
  const [, fetched, rest] = /(npx -y pnpm@\d+) (.*)$/.exec(args) ?? []
  if (fetched === undefined) return
  // The pnpm that runs these tests is at hand; npx would ask a registry for it first.
  const running = process.env['npm_execpath']
  const command = `${running?.endsWith('pnpm') ? `'${running}'` : fetched} ${rest}`
  // What a surrounding pnpm says of its own project is not said to this one.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_registry)|pnpm_)/i.test(name)),
  )
  const cwd = join(image.root, image.workdir)
  const child = spawn('/bin/sh', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (text) => (output += text))
  child.stderr.on('data', (text) => (output += text))
  const code = await new Promise((done) => child.once('close', done))
  if (code !== 0) throw new Error(`${command}:\n${output}`)
}

/** The forms of .dockerignore that ours uses: `*`, `!name` and `**` before a folder's name. The last match decides. */
function ignoreRules(text: string): (path: string) => boolean {
  const rules = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return (path) => {
    const parts = path.split('/').filter((part) => part !== '')
    if (parts.length === 0) return false
    let ignored = false
    for (const rule of rules) {
      if (rule === '*') ignored = true
      else if (rule.startsWith('!') && parts[0] === rule.slice(1)) ignored = false
      else if (rule.startsWith('**/') && parts.includes(rule.slice(3))) ignored = true
    }
    return ignored
  }
}

function pairOf(pair: string): [string, string] {
  const equals = pair.indexOf('=')
  return [pair.slice(0, equals), pair.slice(equals + 1)]
}

function list(json: string): string[] {
  const parsed: unknown = JSON.parse(json)
  if (!Array.isArray(parsed)) throw new Error(`not in exec form: ${json}`)
  return parsed.map(String)
}
