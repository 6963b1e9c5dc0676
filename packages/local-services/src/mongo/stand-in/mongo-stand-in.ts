// Owns: the provider that runs the stand-in for MongoDB.
// Promises: each instance has its own data folder, ports and processes over one common, read-only root file
// system; a fresh data folder is a copy of a template, so that a start takes a second or two.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached, cacheFolder } from '../../cache/cache-entry.ts'
import type { LocalService, Request } from '../../local-service.ts'
import { run as runCommand } from '../../process/command.ts'
import { freePort } from '../../process/free-port.ts'
import { openRunFolder } from '../../process/run-folder.ts'
import { serviceOfProcesses } from '../../process/service-of-processes.ts'
import type { Provider } from '../../provider.ts'
import { askMongo } from '../answers.ts'
import { buildStandIn, checkMachine, damageOf, inPrivateNamespaces } from './build.ts'

const script = fileURLToPath(new URL('run-postgres.sh', import.meta.url))

/** One try; the whole start may take longer (service-of-processes.ts). */
const askMs = 2_000

/** Raise the last number with every change of build-root.sh. */
const entryName = 'mongo-stand-in-2'

/** FerretDB over PostgreSQL with DocumentDB, built once into the cache. */
export const mongoStandIn: Provider = {
  name: 'a stand-in built from packages (FerretDB over PostgreSQL)',
  start: async (request) => {
    await checkMachine(request.env)
    const { folder, facts } = await cached(cacheFolder(request.env), {
      name: entryName,
      announce: request.announce,
      build: (target) => buildStandIn(target, request),
      damage: damageOf,
    })
    const service = await runStandIn(folder, request)
    request.announce(
      `MongoDB stand-in at ${service.url} (FerretDB ${facts.ferretdb}, PostgreSQL ${facts['postgresql-18']}, ` +
        `DocumentDB ${facts['postgresql-18-documentdb']}, in ${folder})`,
    )
    return service
  },
}

/** `cp -a` keeps the owner, which only PostgreSQL's user inside the root file system is. */
async function copyTemplate(folder: string, dataPath: string, env: NodeJS.ProcessEnv): Promise<void> {
  await runCommand(['cp', '-a', `${join(folder, 'template')}/.`, dataPath], { env })
}

async function runStandIn(folder: string, request: Request): Promise<LocalService> {
  const port = request.port ?? (await freePort())
  const postgresPort = await freePort()
  const run = await openRunFolder('mongo', request.dataDir)
  const url = `mongodb://127.0.0.1:${port}/`
  return serviceOfProcesses({
    url,
    provider: 'stand-in',
    run,
    prepare: async () => {
      if ((await readdir(run.dataPath)).length === 0) await copyTemplate(folder, run.dataPath, request.env)
    },
    main: {
      name: 'postgres',
      dataPath: run.dataPath,
      port: postgresPort,
      command: [
        ...inPrivateNamespaces,
        '/bin/sh',
        script,
        join(folder, 'root'),
        run.dataPath,
        String(postgresPort),
      ],
      env: request.env,
      worksInChild: true,
      // PostgreSQL's "fast" stop: sessions are ended, everything is written.
      stopSignal: 'SIGINT',
    },
    gateway: {
      name: 'ferretdb',
      port,
      command: [
        join(folder, 'ferretdb'),
        `--postgresql-url=postgres://postgres@127.0.0.1:${postgresPort}/postgres`,
        '--no-auth',
        `--listen-addr=127.0.0.1:${port}`,
        '--debug-addr=-',
        '--telemetry=disable',
        // INFO is a line for every command.
        '--log-level=WARN',
        `--state-dir=${run.path}`,
      ],
      env: request.env,
      // It holds nothing, and asked politely it would wait 3 s for its clients to leave.
      stopSignal: 'SIGKILL',
    },
    answers: async () => {
      await askMongo(url, askMs)
    },
  })
}
