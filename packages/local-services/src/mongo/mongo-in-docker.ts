// Owns: the provider that runs MongoDB in a container.
// Promises: a replica set of one, as in production.
import { startContainer } from '../docker/container.ts'
import type { Provider } from '../provider.ts'
import { askReplicaSetOfOne, replicaSetName } from './answers.ts'

/** Production is MongoDB 6 or later; this is the current stable major version. */
const image = 'mongo:8'
/** One try; startContainer tries on. */
const askMs = 2_000

/** MongoDB through testcontainers. */
export const mongoInDocker: Provider = {
  name: 'Docker',
  start: async (request) => {
    const service = await startContainer(request, {
      image,
      command: ['mongod', '--bind_ip_all', '--replSet', replicaSetName],
      port: 27017,
      dataFolder: '/data/db',
      url: (host, port) => `mongodb://${host}:${port}/?directConnection=true`,
      // The member's name is its address inside the container; clients connect directly and never use it.
      answers: (url) => askReplicaSetOfOne(url, '127.0.0.1:27017', askMs),
    })
    request.announce(`MongoDB at ${service.url} (Docker, ${image})`)
    return service
  },
}
