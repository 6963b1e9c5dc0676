// Owns a real Redis Cluster on this machine: three masters, each with a replica, every one a process of its own.

import { freePort, type LocalService, startTestRedis } from '@lockstep/local-services'
import { Cluster, Redis } from 'ioredis'
import { until } from './until.ts'

const masters = 3
const slots = 16_384
/** A node that is silent for so long is taken for dead (ms): the shortest that a busy machine does not take for one. */
const nodeTimeoutMs = '2000'

export interface RedisCluster {
  /** All nodes' addresses, separated by commas. */
  urls: string
  nodes: readonly LocalService[]
  /** Keys on each master that is alive now. */
  keysOfMasters(): Promise<string[][]>
  close(): Promise<void>
}

/** Six nodes that know each other and share the slots. */
export async function startRedisCluster(): Promise<RedisCluster> {
  // Left to Redis, nodes speak among themselves on ports where the system puts outgoing connections.
  const buses = await Promise.all(Array.from({ length: 2 * masters }, () => freePort()))
  const nodes = await Promise.all(
    buses.map((bus) =>
      startTestRedis({
        env: { ...process.env, TEST_REDIS_URL: undefined },
        announce: () => undefined,
        redisSettings: {
          'cluster-enabled': 'yes',
          'cluster-node-timeout': nodeTimeoutMs,
          'cluster-port': String(bus),
        },
      }),
    ),
  )
  const clients = nodes.map(({ url }) => new Redis(url))
  for (const client of clients) client.on('error', () => undefined)
  await join(nodes, clients, buses)
  const cluster = new Cluster(nodes.map(({ url }) => ({ host: '127.0.0.1', port: portOf(url) })))
  cluster.on('error', () => undefined)
  return {
    urls: nodes.map(({ url }) => url).join(','),
    nodes,
    keysOfMasters: () => Promise.all(cluster.nodes('master').map((node) => node.keys('*'))),
    async close() {
      cluster.disconnect()
      for (const client of clients) client.disconnect()
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}

async function join(
  [first]: readonly LocalService[],
  clients: readonly Redis[],
  [bus = 0]: readonly number[],
): Promise<void> {
  for (const client of clients.slice(1))
    await client.call('CLUSTER', 'MEET', '127.0.0.1', portOf(first?.url ?? ''), bus)
  const share = Math.ceil(slots / masters)
  for (const [index, client] of clients.slice(0, masters).entries())
    await client.call('CLUSTER', 'ADDSLOTSRANGE', index * share, Math.min(slots, (index + 1) * share) - 1)
  const all = async (holds: (info: string) => boolean, question: string) => {
    const answers = await Promise.all(clients.map((client) => client.call('CLUSTER', question)))
    return answers.every((answer) => holds(String(answer)))
  }
  await until('all nodes know each other', () =>
    all((info) => info.includes('cluster_known_nodes:6'), 'INFO'),
  )
  for (const [index, client] of clients.slice(masters).entries())
    await client.call('CLUSTER', 'REPLICATE', String(await clients[index]?.call('CLUSTER', 'MYID')))
  await until('every slot is served', () => all((info) => info.includes('cluster_state:ok'), 'INFO'))
  await until('every master has its replica', () =>
    all((list) => list.split('\n').filter((line) => line.includes('slave')).length === masters, 'NODES'),
  )
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}
