// Owns: how a redis-server is run here, wherever its program came from.
// Promises: what BullMQ needs and what the guarantees are stated for: an append-only file flushed every
// second, nothing evicted, 127.0.0.1 only.
import { connect } from 'node:net'
import type { LocalService, Request } from '../local-service.ts'
import { freePort } from '../process/free-port.ts'
import { openRunFolder } from '../process/run-folder.ts'
import { serviceOfProcesses } from '../process/service-of-processes.ts'

/** A silent server is asked again after this: on one machine a PING takes under 1 ms. */
const pingMs = 2_000

/** Starts `program` (an absolute path). `provider` is what the handle shows. */
export async function startRedisServer(
  request: Request,
  server: { program: string; provider: string; env: NodeJS.ProcessEnv },
): Promise<LocalService> {
  const port = request.port ?? (await freePort())
  const run = await openRunFolder('redis', request.dataDir)
  return serviceOfProcesses({
    url: `redis://127.0.0.1:${port}`,
    provider: server.provider,
    run,
    main: {
      name: 'redis-server',
      dataPath: run.dataPath,
      port,
      command: [
        server.program,
        ...redisSettings({ port, bind: '127.0.0.1', dataPath: run.dataPath }),
        ...asArguments(request.redisSettings),
      ],
      env: server.env,
      stopSignal: 'SIGTERM',
    },
    answers: () => pingRedis('127.0.0.1', port),
  })
}

/** The arguments of a redis-server, the same on this machine and in a container. */
export function redisSettings(at: { port: number; bind: string; dataPath: string }): string[] {
  const values: Record<string, string> = {
    port: String(at.port),
    bind: at.bind,
    // What may connect is said by "bind"; without a password Redis would otherwise refuse a container's clients.
    'protected-mode': 'no',
    dir: at.dataPath,
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
    // The append-only file is the one copy; a snapshot beside it would only cost.
    save: '',
    daemonize: 'no',
  }
  return asArguments(values)
}

function asArguments(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
}

/** Resolves when a Redis answers `PING` there; one that asks for a password answers too. Rejects otherwise. */
export function pingRedis(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const fail = (reason: string) => {
      socket.destroy()
      reject(new Error(reason))
    }
    socket.setTimeout(pingMs, () => fail(`no answer within ${pingMs / 1000} s`))
    socket.once('error', (error) => fail(error.message))
    socket.once('close', () => reject(new Error('connection closed')))
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('data', (data) => {
      const answer = data.toString('latin1')
      if (!answer.startsWith('+PONG') && !answer.startsWith('-NOAUTH')) return fail(answer.trim())
      socket.destroy()
      resolve()
    })
  })
}
