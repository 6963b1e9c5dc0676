// Owns: building the stand-in for MongoDB: FerretDB over PostgreSQL with DocumentDB, from package registries.
// Promises: both halves are built side by side; what was got is checked against the versions that are known to
// work, and a moving Debian suite that no longer fits is named as the cause.
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CommandFailed, findProgram, isExecutable, run } from '../../process/command.ts'
import { unpackDebianPackages, withUnpacked } from '../../process/debian-packages.ts'
import { Unavailable } from '../../provider.ts'
import { buildFerretdb, checkGo, ferretdbVersion } from './ferretdb.ts'
import { debianMirror } from './mirror.ts'

const script = fileURLToPath(new URL('build-root.sh', import.meta.url))

/** The only suite that carries the DocumentDB package; it moves, hence the check of versions. */
const suite = 'sid'
/** What the stand-in is known to work with: the major version of PostgreSQL, and of DocumentDB. */
const expected: Record<string, RegExp> = { 'postgresql-18': /^18\b/, 'postgresql-18-documentdb': /^1\.0\b/ }

/** A step may take a minute; silence for longer than this looks like a hang. */
const reminderMs = 20_000

const elsewhere = 'start Docker, or install mongod, or set MONGO_URL'

/** Private mount and pid namespaces: no mount stays behind, and no process. */
export const inPrivateNamespaces = [
  'unshare',
  '--mount',
  '--ipc',
  '--pid',
  '--fork',
  '--kill-child',
  '--propagation=private',
]

/** @throws Unavailable, in words, where the stand-in cannot be built or run. */
export async function checkMachine(env: NodeJS.ProcessEnv): Promise<void> {
  if (process.platform !== 'linux') throw new Unavailable('it runs on Linux only', elsewhere)
  if (process.getuid?.() !== 0) {
    throw new Unavailable('it runs as root only (it needs chroot and mount)', `run as root, or ${elsewhere}`)
  }
  for (const tool of ['unshare', 'mount', 'chroot']) {
    if ((await findProgram(tool, env)) === undefined) throw new Unavailable(`no ${tool} in PATH`, elsewhere)
  }
  const inspected = await run([...inPrivateNamespaces, 'true'], { env }).catch((error: Error) => error)
  if (inspected instanceof Error) {
    throw new Unavailable(`no private mount namespace here: ${inspected.message}`, elsewhere)
  }
}

/** Fills `folder` with `ferretdb`, `root` and `root.template`; returns the versions. */
export async function buildStandIn(
  folder: string,
  request: { env: NodeJS.ProcessEnv; announce: (line: string) => void },
): Promise<Record<string, string>> {
  const { env } = request
  const mirror = await mirrorOfThisMachine(env)
  await checkGo(env)
  request.announce(
    'building a stand-in for MongoDB from packages: about 400 MB to fetch, 600 MB on disk, 2 to 3 minutes, once',
  )
  const startedAt = Date.now()
  /** What is being worked on: one step of each half. */
  const current = { gateway: 'FerretDB (Go)', root: '' }
  const say = (line: string) =>
    request.announce(`  [${Math.round((Date.now() - startedAt) / 1000)} s] ${line}`)
  const announce = (line: string) => {
    current.root = line
    say(line)
  }
  const reminder = setInterval(() => {
    say(`still at it: ${Object.values(current).filter(Boolean).join(', ')}`)
  }, reminderMs)
  // If one half fails the other is ended: nothing of either is of use.
  const failed = new AbortController()
  const orAbort = async <T>(half: Promise<T>): Promise<T> => {
    try {
      return await half
    } catch (error) {
      failed.abort()
      throw error
    }
  }
  const options = { env, announce, signal: failed.signal }
  say('FerretDB (Go) and, beside it, the database:')
  const gateway = orAbort(buildFerretdb(folder, options)).then((version) => {
    current.gateway = ''
    say('FerretDB is built')
    return version
  })
  const base = orAbort(buildRoot(folder, mirror, options)).then((facts) => {
    current.root = ''
    return facts
  })
  const halves = await Promise.allSettled([gateway, base])
  clearInterval(reminder)
  const [ferretdb, root] = halves
  // The first to fail is the cause, the other was ended by it.
  if (ferretdb.status === 'rejected' || root.status === 'rejected') throw causeOf(halves)
  if (ferretdb.value !== ferretdbVersion) {
    throw new Unavailable(`FerretDB says it is ${ferretdb.value}, not ${ferretdbVersion}`, elsewhere)
  }
  for (const [name, pattern] of Object.entries(expected)) {
    if (!pattern.test(root.value[name] ?? ''))
      throw moved(`${name} is ${root.value[name] ?? 'missing'} there`)
  }
  say('done')
  return { ...root.value, ferretdb: ferretdb.value }
}

/** A reason why the folder is no stand-in, or undefined. */
export async function damageOf(folder: string): Promise<string | undefined> {
  for (const program of ['ferretdb', 'root/usr/lib/postgresql/18/bin/postgres', 'root/usr/bin/setpriv']) {
    if (!(await isExecutable(join(folder, program)))) return `${program} is missing`
  }
  const version = await readFile(join(folder, 'template/PG_VERSION'), 'utf8').catch(() => '')
  return version.trim() === '18' ? undefined : 'the template of a data folder is missing'
}

async function mirrorOfThisMachine(env: NodeJS.ProcessEnv): Promise<string> {
  for (const tool of ['apt-get', 'dpkg']) {
    if ((await findProgram(tool, env)) === undefined)
      throw new Unavailable(`no ${tool}: not Debian`, elsewhere)
  }
  const system = await readFile('/etc/os-release', 'utf8').catch(() => '')
  if (!/^ID="?debian"?$/m.test(system)) {
    throw new Unavailable('not Debian: the packages come from the Debian mirror of the machine', elsewhere)
  }
  const mirror = await debianMirror('/etc/apt')
  if (mirror === undefined) throw new Unavailable('no Debian mirror in /etc/apt', elsewhere)
  return mirror
}

/** Makes `folder`/root and `folder`/template. */
async function buildRoot(
  folder: string,
  mirror: string,
  options: { env: NodeJS.ProcessEnv; announce: (line: string) => void; signal: AbortSignal },
): Promise<Record<string, string>> {
  const tools = join(folder, 'tools')
  await mkdir(tools)
  let env = options.env
  let debootstrap = await findProgram('debootstrap', env)
  if (debootstrap === undefined || (await findProgram('wget', env)) === undefined) {
    await unpackDebianPackages(tools, ['debootstrap'], env)
    env = { ...(await withUnpacked(tools, env)), DEBOOTSTRAP_DIR: join(tools, 'usr/share/debootstrap') }
    debootstrap = join(tools, 'usr/sbin/debootstrap')
  }
  const facts: Record<string, string> = {}
  const root = join(folder, 'root')
  await run([...inPrivateNamespaces, '/bin/sh', script, root, mirror, debootstrap, suite], {
    env,
    signal: options.signal,
    onLine: (line) => {
      const [, kind, text = ''] = /^(step|fact): (.*)$/.exec(line) ?? []
      if (kind === 'step') options.announce(text)
      const [name = '', value = ''] = text.split(' ')
      if (kind === 'fact') facts[name] = value
    },
  }).catch((error: unknown) => {
    if (error instanceof CommandFailed && /Unable to locate package/.test(error.message)) {
      throw moved('it no longer carries postgresql-18-documentdb')
    }
    throw error
  })
  await rename(join(folder, 'root.template'), join(folder, 'template'))
  await run(['rm', '-rf', tools], { env: options.env })
  return facts
}

function moved(how: string): Unavailable {
  return new Unavailable(`Debian's moving suite "${suite}" no longer fits: ${how}`, elsewhere)
}

/** The error to report when a half failed: what could not run is a reason to try another provider. */
function causeOf(halves: PromiseSettledResult<unknown>[]): unknown {
  const reasons = halves.flatMap((half) => (half.status === 'rejected' ? [half.reason as unknown] : []))
  const real = reasons.find((reason) => !(reason instanceof CommandFailed && reason.wasEnded)) ?? reasons[0]
  return real instanceof CommandFailed ? new Unavailable(real.message, elsewhere) : real
}
