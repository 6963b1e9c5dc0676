// Owns: the provider that uses a redis-server found in PATH.
// Promises: nothing is fetched; an older server than BullMQ asks for is passed over with its version named.
import { findProgram, run } from '../process/command.ts'
import { Unavailable, type Provider } from '../provider.ts'
import { startRedisServer } from './redis-server.ts'

/** BullMQ warns below 6.2. */
const oldest = [6, 2] as const

/** A redis-server (or valkey-server) on this machine. */
export const redisBinary: Provider = {
  name: 'a redis-server in PATH',
  start: async (request) => {
    const program =
      (await findProgram('redis-server', request.env)) ?? (await findProgram('valkey-server', request.env))
    const remedy = 'install it: "apt-get install redis-server", "brew install redis"'
    if (program === undefined) throw new Unavailable('not found', remedy)
    const version = await redisVersion(program, request.env)
    if (version === undefined) throw new Unavailable(`${program} does not run`, remedy)
    const [major = 0, minor = 0] = version.split('.').map(Number)
    if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
      throw new Unavailable(`${program} is ${version}, older than ${oldest.join('.')}`, remedy)
    }
    const service = await startRedisServer(request, { program, provider: 'binary', env: request.env })
    request.announce(`Redis ${version} at ${service.url} (${program})`)
    return service
  },
}

/** What `--version` says, e.g. `7.0.15`; undefined where the program does not run. */
export async function redisVersion(program: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const text = await run([program, '--version'], { env }).catch(() => '')
  return /v=(\d+\.\d+\.\d+)/.exec(text)?.[1]
}
