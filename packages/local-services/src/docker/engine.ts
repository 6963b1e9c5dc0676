// Owns: the question whether a Docker engine answers, asked before anything heavy is loaded.
// Promises: an answer within 1.5 s for each place where an engine may listen; the same places that
// testcontainers looks in.
import { access } from 'node:fs/promises'
import { request, type RequestOptions } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Unavailable } from '../provider.ts'

/** An engine on this machine answers a ping in a few ms, one that is waking up within a second. */
const pingMs = 1_500

const remedy = 'start Docker (or set DOCKER_HOST)'

/** Resolves when an engine answers. @throws Unavailable with every place that was asked. */
export async function checkDockerEngine(env: NodeJS.ProcessEnv): Promise<void> {
  const refused: string[] = []
  for (const place of await places(env)) {
    const failure = await ping(place)
    if (failure === undefined) return
    refused.push(`${place}: ${failure}`)
  }
  throw new Unavailable(
    refused.join('; ') || 'no engine: DOCKER_HOST is not set and there is no socket',
    remedy,
  )
}

/** DOCKER_HOST where it is set; else the sockets that exist. */
async function places(env: NodeJS.ProcessEnv): Promise<string[]> {
  if (env.DOCKER_HOST) return [env.DOCKER_HOST]
  const sockets = [
    '/var/run/docker.sock',
    ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, 'docker.sock')] : []),
    join(homedir(), '.docker/run/docker.sock'),
    join(homedir(), '.docker/desktop/docker.sock'),
  ]
  const present = await Promise.all(
    sockets.map((path) =>
      access(path).then(
        () => [path],
        () => [],
      ),
    ),
  )
  return present.flat().map((path) => `unix://${path}`)
}

/** Undefined where an engine answers, else why not. */
function ping(place: string): Promise<string | undefined> {
  const where = address(place)
  // An engine behind TLS or ssh cannot be asked this simply: testcontainers finds out.
  if (where === undefined) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const asked = request({ ...where, path: '/_ping', timeout: pingMs }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200 ? undefined : `answered ${answer.statusCode}`)
    })
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${pingMs / 1000} s`)))
    asked.once('error', (error) => resolve(error.message))
    asked.end()
  })
}

function address(place: string): RequestOptions | undefined {
  const url = URL.parse(place)
  if (url?.protocol === 'unix:') return { socketPath: url.pathname }
  if (url?.protocol === 'tcp:' || url?.protocol === 'http:') {
    return url.port === '2376' ? undefined : { host: url.hostname, port: url.port || '2375' }
  }
  return undefined
}
