// Owns: a LocalService in a container, through testcontainers.
// Promises: the port is fixed, so that a restart keeps it, and bound to 127.0.0.1 where the engine is on this
// machine; testcontainers' reaper removes the container if this process dies.
import { setTimeout as delay } from 'node:timers/promises'
import type { LocalService, Request } from '../local-service.ts'
import { freePort } from '../process/free-port.ts'
import { Unavailable } from '../provider.ts'
import { checkDockerEngine } from './engine.ts'

/** From a running container to a server that answers: crash recovery included. */
const answerMs = 60_000

/** What to run. */
export interface ContainerPlan {
  image: string
  command: string[]
  /** The server's port and data folder inside the container. */
  port: number
  dataFolder: string
  url: (host: string, port: number) => string
  /** Rejects while the server does not answer. */
  answers: (url: string) => Promise<void>
}

/** @throws Unavailable where no engine answers or the container does not start. */
export async function startContainer(request: Request, plan: ContainerPlan): Promise<LocalService> {
  await checkDockerEngine(request.env)
  request.announce(`Docker: starting ${plan.image} (fetched first where it is not there: 50 to 300 MB, once)`)
  try {
    return await runContainer(request, plan)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Unavailable(
      `an engine answers, but ${plan.image} does not run: ${reason}`,
      `try "docker run ${plan.image}"`,
    )
  }
}

async function runContainer(request: Request, plan: ContainerPlan): Promise<LocalService> {
  // Loaded only here: it is heavy, and most machines without an engine never need it.
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers')
  const runtime = await getContainerRuntimeClient()
  const port = request.port ?? (await freePort())
  const { host } = runtime.info.containerRuntime
  const isLocal = host === 'localhost' || host === '127.0.0.1'
  class LoopbackContainer extends GenericContainer {
    protected override beforeContainerCreated(): Promise<void> {
      if (isLocal) {
        this.hostConfig.PortBindings = {
          [`${plan.port}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: String(port) }],
        }
      }
      return Promise.resolve()
    }
  }
  const wanted = new LoopbackContainer(plan.image)
    .withCommand(plan.command)
    .withExposedPorts({ container: plan.port, host: port })
  if (request.dataDir !== undefined) {
    wanted.withBindMounts([{ source: request.dataDir, target: plan.dataFolder, mode: 'rw' }])
  }
  const started = await wanted.start()
  const container = runtime.container.getById(started.getId())
  const url = plan.url(isLocal ? '127.0.0.1' : host, port)
  const listeners = new Set<(what: string) => void>()
  let wantsItDown = false
  let mainPid: number | undefined
  let stopped: Promise<void> | undefined

  const up = async () => {
    await untilAnswers(() => plan.answers(url))
    wantsItDown = false
    const { State } = await container.inspect()
    // On macOS the process lives in a virtual machine: its id means nothing here.
    mainPid = process.platform === 'linux' && isLocal ? State.Pid : undefined
    void container.wait().then(
      () => {
        mainPid = undefined
        if (!wantsItDown) for (const listener of listeners) listener(`the container of ${plan.image} ended`)
      },
      () => {},
    )
  }
  const stop = async () => {
    wantsItDown = true
    await started.stop({ removeVolumes: true })
  }
  try {
    await up()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    provider: 'docker',
    pids: [],
    get mainPid() {
      return mainPid
    },
    kill: async (signal = 'SIGKILL') => {
      if (signal === 'SIGSTOP' || signal === 'SIGCONT') {
        await (signal === 'SIGSTOP' ? container.pause() : container.unpause())
        return
      }
      wantsItDown = true
      const ended = container.wait()
      await container.kill({ signal })
      await ended
    },
    restart: async () => {
      wantsItDown = true
      const { State } = await container.inspect()
      if (State.Running) await container.stop()
      await container.start()
      await up()
    },
    onDeath: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }
}

async function untilAnswers(answers: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + answerMs
  for (;;) {
    try {
      await answers()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await delay(100)
    }
  }
}
