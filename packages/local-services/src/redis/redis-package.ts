// Owns: the provider that takes redis-server from the Debian (or Ubuntu) mirror that this machine already uses.
// Promises: the package is unpacked into the cache only. Nothing is installed, no service starts, no root needed.
import { join } from 'node:path'
import { withUnpacked } from '../process/debian-packages.ts'
import { unpackedPackage } from '../process/unpacked-package.ts'
import type { Provider } from '../provider.ts'
import { redisVersion } from './redis-binary.ts'
import { startRedisServer } from './redis-server.ts'

/** redis-server from Debian's package, in the cache. */
export const redisPackage: Provider = {
  name: 'redis-server from a Debian package',
  start: async (request) => {
    const versionIn = async (folder: string) =>
      redisVersion(programIn(folder), await withUnpacked(folder, request.env))
    const folder = await unpackedPackage(request, {
      entry: 'redis-package-1',
      program: 'redis-server',
      packages: ['redis-server'],
      size: 'about 2 MB, 7 MB on disk, a few seconds',
      remedy: 'install redis-server, or start Docker, or set REDIS_URL',
      versionIn,
    })
    const service = await startRedisServer(request, {
      program: programIn(folder),
      provider: 'package',
      env: await withUnpacked(folder, request.env),
    })
    request.announce(`Redis ${await versionIn(folder)} at ${service.url} (Debian package in ${folder})`)
    return service
  },
}

function programIn(folder: string): string {
  return join(folder, 'usr/bin/redis-server')
}
