// Owns: the provider that runs Redis in a container.
// Promises: the same settings as the process started on this machine.
import { startContainer } from '../docker/container.ts'
import { type Provider, Unavailable } from '../provider.ts'
import { pingRedis, redisSettings } from './redis-server.ts'

/** The newest major version that the tests have met; BullMQ asks for 6.2 or later. */
const image = 'redis:8'

/** Redis through testcontainers. */
export const redisInDocker: Provider = {
  name: 'Docker',
  start: async (request) => {
    if (Object.keys(request.redisSettings).length > 0)
      throw new Unavailable('it takes no settings here', 'install redis-server')
    const service = await startContainer(request, {
      image,
      // Inside a container the server must listen on all of its interfaces; the host's side is 127.0.0.1.
      command: ['redis-server', ...redisSettings({ port: 6379, bind: '0.0.0.0', dataPath: '/data' })],
      port: 6379,
      dataFolder: '/data',
      url: (host, port) => `redis://${host}:${port}`,
      answers: (url) => pingRedis(new URL(url).hostname, Number(new URL(url).port)),
    })
    request.announce(`Redis at ${service.url} (Docker, ${image})`)
    return service
  },
}
