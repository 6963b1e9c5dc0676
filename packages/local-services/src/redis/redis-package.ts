// Owns: the provider that takes redis-server from the Debian (or Ubuntu) mirror that this machine already uses.
// Promises: the package is unpacked into the cache only. Nothing is installed, no service starts, no root needed.
import { join } from 'node:path'
import { cached, cacheFolder } from '../cache/cache-entry.ts'
import { CommandFailed, findProgram } from '../process/command.ts'
import { unpackDebianPackages, withUnpacked } from '../process/debian-packages.ts'
import { Unavailable, type Provider } from '../provider.ts'
import { redisVersion } from './redis-binary.ts'
import { startRedisServer } from './redis-server.ts'

const remedy = 'install redis-server, or start Docker, or set REDIS_URL'

/** redis-server from Debian's package, in the cache. */
export const redisPackage: Provider = {
  name: 'redis-server from a Debian package',
  start: async (request) => {
    for (const tool of ['apt-get', 'dpkg']) {
      if ((await findProgram(tool, request.env)) === undefined)
        throw new Unavailable(`no ${tool} here`, remedy)
    }
    const { folder } = await cached(cacheFolder(request.env), {
      name: 'redis-package-1',
      announce: request.announce,
      build: async (target) => {
        request.announce(
          'fetching redis-server from the Debian mirror: about 2 MB, 7 MB on disk, a few seconds, once',
        )
        await unpackDebianPackages(target, ['redis-server'], request.env)
        const version = await versionIn(target, request.env)
        if (version === undefined) throw new Unavailable('the unpacked redis-server does not run', remedy)
        return { redis: version }
      },
      damage: async (target) => ((await versionIn(target, request.env)) ? undefined : 'it does not run'),
    }).catch((error: unknown) => {
      if (error instanceof CommandFailed) throw new Unavailable(error.message, remedy)
      throw error
    })
    const service = await startRedisServer(request, {
      program: programIn(folder),
      provider: 'package',
      env: await withUnpacked(folder, request.env),
    })
    const version = await versionIn(folder, request.env)
    request.announce(`Redis ${version} at ${service.url} (Debian package in ${folder})`)
    return service
  },
}

function programIn(folder: string): string {
  return join(folder, 'usr/bin/redis-server')
}

async function versionIn(folder: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return redisVersion(programIn(folder), await withUnpacked(folder, env))
}
