// Owns: the provider that takes redis-server from the Debian (or Ubuntu) mirror that this machine already uses.
// Promises: packages are unpacked into the cache only. Nothing is installed, no service starts, and it works
// without root where apt's lists are there.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cached, cacheFolder } from '../cache/cache-entry.ts'
import { CommandFailed, findProgram, run } from '../process/command.ts'
import { Unavailable, type Provider } from '../provider.ts'
import { redisVersion } from './redis-binary.ts'
import { startRedisServer } from './redis-server.ts'

const remedy = 'install redis-server, or start Docker, or set REDIS_URL'

/** redis-server from Debian's package, in the cache. */
export const redisPackage: Provider = {
  name: 'redis-server from a Debian package',
  start: async (request) => {
    for (const tool of ['apt-get', 'dpkg']) {
      if ((await findProgram(tool, request.env)) === undefined) throw new Unavailable(`no ${tool} here`, remedy)
    }
    const { folder } = await cached(cacheFolder(request.env), {
      name: 'redis-package-1',
      announce: request.announce,
      build: (target) => unpack(target, request.env, request.announce),
      damage: async (target) => ((await versionIn(target, request.env)) ? undefined : 'it does not run'),
    }).catch((error: unknown) => {
      if (error instanceof CommandFailed) throw new Unavailable(error.message, remedy)
      throw error
    })
    const program = programIn(folder)
    const env = await environmentFor(folder, request.env)
    const service = await startRedisServer(request, { program, provider: 'package', env })
    request.announce(`Redis ${await versionIn(folder, request.env)} at ${service.url} (Debian package, cached in ${folder})`)
    return service
  },
}

/** Downloads the package with those it needs and this machine lacks, and unpacks them. */
async function unpack(
  folder: string,
  env: NodeJS.ProcessEnv,
  announce: (line: string) => void,
): Promise<Record<string, string>> {
  announce('fetching redis-server from the Debian mirror: about 2 MB, 10 MB on disk, a few seconds, once')
  const lists = await listsFor(folder, env, announce)
  const plan = await run(['apt-get', ...lists, '-s', 'install', '--no-install-recommends', 'redis-server'], { env })
  const names = [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '')
  const wanted = names.includes('redis-server') ? names : [...names, 'redis-server', 'redis-tools']
  await run(['apt-get', ...lists, 'download', ...wanted], { env, cwd: folder })
  const files = (await readdir(folder)).filter((file) => file.endsWith('.deb'))
  for (const file of files) await run(['dpkg', '-x', file, '.'], { env, cwd: folder })
  await run(['rm', '-rf', 'apt', ...files], { env, cwd: folder })
  const version = await versionIn(folder, env)
  if (version === undefined) throw new Unavailable('the unpacked redis-server does not run', remedy)
  return { redis: version }
}

/** apt's options for package lists of our own, fetched where this machine has none (a fresh container image). */
async function listsFor(
  folder: string,
  env: NodeJS.ProcessEnv,
  announce: (line: string) => void,
): Promise<string[]> {
  const known = await run(['apt-cache', 'show', 'redis-server'], { env }).catch(() => '')
  if (known !== '') return []
  announce('  fetching package lists first')
  const own = ['-o', `Dir::State::Lists=${folder}/apt/lists`, '-o', `Dir::Cache=${folder}/apt/cache`]
  await run(['mkdir', '-p', `${folder}/apt/lists/partial`, `${folder}/apt/cache/archives/partial`], { env })
  await run(['apt-get', ...own, '-o', 'Debug::NoLocking=true', 'update'], { env })
  return own
}

function programIn(folder: string): string {
  return join(folder, 'usr/bin/redis-server')
}

async function versionIn(folder: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return redisVersion(programIn(folder), await environmentFor(folder, env))
}

/** The environment in which the unpacked program finds its libraries (Debian keeps them per architecture). */
async function environmentFor(folder: string, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const base = join(folder, 'usr/lib')
  const architectures = await readdir(base).catch(() => [])
  const paths = architectures.map((name) => join(base, name))
  return { ...env, LD_LIBRARY_PATH: [...paths, env.LD_LIBRARY_PATH ?? ''].filter(Boolean).join(':') }
}
