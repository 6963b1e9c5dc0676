// The queues on a real Redis Cluster of six processes: their shards lie on all nodes, and a node that dies costs time only.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { shardPrefixes } from '@lockstep/domain/doorbell/shards'
import { api } from '../support/api.ts'
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts'
import { atRest, type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

const shards = 8
const customers = 60

let cluster: RedisCluster
let stack: Stack

beforeAll(async () => {
  cluster = await startRedisCluster()
  const QUEUE_SHARDS = String(shards)
  stack = await startStack({
    via: async (places) => ({ ...places, redisUrl: cluster.urls }),
    gatewayEnv: { QUEUE_SHARDS },
    workerEnv: { QUEUE_SHARDS },
  })
})
afterAll(async () => {
  await stack.close()
  await cluster.close()
})

test('bells lie on every node, and customers come to be in step', async () => {
  await createCustomers('first')
  await atRest(stack)
  expect(await linkedCount()).toBe(customers)
  const held = await cluster.keysOfMasters()
  expect(held).toHaveLength(3)
  for (const keys of held) expect(keys.some((key) => key.includes(':customer-apply:'))).toBe(true)
  const prefixes = new Set(held.flat().flatMap((key) => /^\{bull-\d+\}/.exec(key)?.[0] ?? []))
  expect(prefixes).toEqual(new Set(shardPrefixes(shards)))
})

test('when a node dies writes are accepted all the same, and once its replica serves they come to be in step', async () => {
  const victim = cluster.nodes[0]
  await victim?.kill('SIGKILL')
  await createCustomers('second')
  await until('all are in step', async () => (await linkedCount()) === 2 * customers)
  await atRest(stack)
})

async function createCustomers(name: string): Promise<void> {
  const made = await Promise.all(
    Array.from({ length: customers }, (_, n) =>
      api(
        stack,
        'POST',
        '/v1/customers',
        { key: `${name}-${n}`, name: 'Ada' },
        { headers: { prefer: 'respond-async' } },
      ),
    ),
  )
  expect(new Set(made.map(({ status }) => status))).toEqual(new Set([202]))
}

function linkedCount(): Promise<number> {
  return stack.store.countLinked('default')
}
