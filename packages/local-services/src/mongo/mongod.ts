// Owns: how a mongod is run here, wherever its program came from; and the provider that finds one in PATH.
// Promises: a replica set of one, as in production (`w: majority`, change streams); 127.0.0.1 only.
import type { LocalService, Request } from '../local-service.ts'
import { findProgram, run as runCommand } from '../process/command.ts'
import { freePort } from '../process/free-port.ts'
import { openRunFolder } from '../process/run-folder.ts'
import { serviceOfProcesses } from '../process/service-of-processes.ts'
import { Unavailable, type Provider } from '../provider.ts'
import { askReplicaSetOfOne, replicaSetName } from './answers.ts'

/** One try; the whole start may take longer (service-of-processes.ts). */
const askMs = 2_000
/** Production is MongoDB 6 or later. */
const oldestMajor = 6
const remedy = 'install MongoDB 6 or later (its "mongod" in PATH)'

/** A mongod on this machine. */
export const mongodBinary: Provider = {
  name: 'a mongod in PATH',
  start: async (request) => {
    const program = await findProgram('mongod', request.env)
    if (program === undefined) throw new Unavailable('not found', remedy)
    const text = await runCommand([program, '--version'], { env: request.env }).catch(() => '')
    const version = /db version v(\d+)[\d.]*/.exec(text)
    if (version === null) throw new Unavailable(`${program} does not run`, remedy)
    if (Number(version[1]) < oldestMajor) throw new Unavailable(`${program} is ${version[0]}`, remedy)
    const service = await startMongod(request, { program, provider: 'binary' })
    request.announce(`MongoDB at ${service.url} (${program}, ${version[0]})`)
    return service
  },
}

/** Starts `program` (an absolute path). `provider` is what the handle shows. */
export async function startMongod(
  request: Request,
  server: { program: string; provider: string },
): Promise<LocalService> {
  const port = request.port ?? (await freePort())
  const run = await openRunFolder('mongo', request.dataDir)
  const url = `mongodb://127.0.0.1:${port}/?directConnection=true`
  const settings = ['--port', String(port), '--bind_ip', '127.0.0.1', '--dbpath', run.dataPath]
  return serviceOfProcesses({
    url,
    provider: server.provider,
    run,
    main: {
      name: 'mongod',
      dataPath: run.dataPath,
      port,
      command: [server.program, ...settings, '--replSet', replicaSetName],
      env: request.env,
      stopSignal: 'SIGTERM',
    },
    answers: () => askReplicaSetOfOne(url, `127.0.0.1:${port}`, askMs),
  })
}
