// Owns: a LocalService made of server processes on this machine (one, or a data process with a gateway).
// Promises: `restart` brings back what is dead on the same ports and data; `stop` ends the gateway before the
// data; a death nobody asked for is told to the listeners once.
import { setTimeout as delay } from 'node:timers/promises'
import type { LocalService } from '../local-service.ts'
import { isFree, releasePort } from './free-port.ts'
import type { RunFolder } from './run-folder.ts'
import { type ServerProcess, launchServer, type Launch } from './server-process.ts'

/** A start or a crash recovery that takes longer than this has failed. */
const answerMs = 60_000

/** What a port may take to come free after the server on it was killed. */
const portMs = 2_000

/** A server of the service. `port` may be claimed by `freePort`: it is released at the end. */
export interface ServicePart extends Omit<Launch, 'run'> {
  port: number
}

/** What makes up the service: `main` holds the data, `gateway` stands in front of it. */
export interface ServiceParts {
  url: string
  provider: string
  run: RunFolder
  /** Fills a fresh data folder before the first start. */
  prepare?: () => Promise<void>
  main: ServicePart
  gateway?: ServicePart
  /** Resolves when the service answers a request that reaches the data; rejects while it does not. */
  answers: () => Promise<void>
}

/** Starts the parts and waits until they answer. @throws Error with the log's end; nothing is left then. */
export async function serviceOfProcesses(parts: ServiceParts): Promise<LocalService> {
  const { run } = parts
  const listeners = new Set<(what: string) => void>()
  /** Ends that somebody asked for. */
  const expected = new WeakSet<ServerProcess>()
  let main: ServerProcess | undefined
  let gateway: ServerProcess | undefined
  let stopped: Promise<void> | undefined
  /** Restarts and the stop run one after the other: a supervisor and a person may ask at once. */
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work, work)
    last = done
    return done
  }

  const launch = async (part: ServicePart): Promise<ServerProcess> => {
    await untilFree(part.port)
    const server = await launchServer({ ...part, run })
    void server.ended.then((how) => {
      if (!expected.has(server)) for (const listener of listeners) listener(how)
    })
    return server
  }
  const bringUp = async () => {
    if (main?.alive !== true) main = await launch(parts.main)
    if (parts.gateway !== undefined && gateway?.alive !== true) gateway = await launch(parts.gateway)
    await untilAnswers(parts.answers, gateway === undefined ? [main] : [main, gateway])
  }
  const end = async (server: ServerProcess | undefined) => {
    if (server === undefined) return
    expected.add(server)
    await server.stop()
  }
  const stop = async () => {
    await end(gateway)
    await end(main)
    await run.close()
    for (const part of [parts.main, parts.gateway]) if (part !== undefined) releasePort(part.port)
  }

  try {
    await parts.prepare?.()
    await bringUp()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: parts.url,
    provider: parts.provider,
    get pids() {
      return [main, gateway].flatMap((server) => (server?.alive === true ? server.pids : []))
    },
    get mainPid() {
      return main?.alive === true ? main.pid : undefined
    },
    get gatewayPid() {
      return gateway?.alive === true ? gateway.pid : undefined
    },
    kill: async (signal = 'SIGKILL') => {
      // A frozen service is frozen as a whole: its front would otherwise answer for it.
      if (signal === 'SIGSTOP' || signal === 'SIGCONT') await gateway?.kill(signal)
      else if (main !== undefined) expected.add(main)
      await main?.kill(signal)
    },
    restart: () =>
      inTurn(async () => {
        if (stopped !== undefined) throw new Error(`${parts.provider}: stopped services do not start again`)
        await end(main)
        await bringUp()
      }),
    onDeath: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop: () => {
      stopped ??= inTurn(stop)
      return stopped
    },
  }
}

/** A server that already listens there would answer in place of ours. @throws Error where the port stays taken. */
async function untilFree(port: number): Promise<void> {
  const deadline = Date.now() + portMs
  while (!(await isFree(port))) {
    if (Date.now() > deadline) throw new Error(`port ${port} on 127.0.0.1 is taken`)
    await delay(30)
  }
}

/** Asks until there is an answer. @throws Error where a process ends, or after 60 s, with the log's end. */
async function untilAnswers(answers: () => Promise<void>, servers: ServerProcess[]): Promise<void> {
  const deadline = Date.now() + answerMs
  for (;;) {
    try {
      await answers()
      if (servers.every((server) => server.alive)) return
      throw new Error('another server answers in its place')
    } catch (reason) {
      const dead = servers.find((server) => !server.alive)
      const suspect = dead ?? servers[0]
      if (dead === undefined && Date.now() < deadline) {
        await delay(30)
        continue
      }
      const how = dead === undefined ? `no answer within ${answerMs / 1000} s` : await dead.ended
      throw new Error(`${how}; the end of its log:\n${(await suspect?.logTail()) ?? ''}`, { cause: reason })
    }
  }
}
