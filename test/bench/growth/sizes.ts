// Owns what a record takes on disk, its indexes included, and what a waiting doorbell takes in Redis.

import { connect } from '@lockstep/domain/store/mongo/connect'
import { Redis } from 'ioredis'
import { z } from 'zod'
import type { BenchContext, Figure } from '../benchmark.ts'
import { writeLoad } from '../intake/load.ts'
import { saturate } from '../load/saturate.ts'
import { type BenchStack, gatewayOf } from '../stack/bench-stack.ts'
import { webhookLoad } from '../webhooks/load.ts'

const measured = ['customers', 'operations', 'events', 'stripe_events'] as const
type Measured = (typeof measured)[number]
/** Webhooks that are stored for it: many pages of a table. */
const webhooks = 2_000
/** Bells that wait: their lists and sets have left their small forms. */
const bells = 2_000
const connections = 32

/** MongoDB's own word on a collection (bytes). The stand-in speaks the same. */
const collStats = z.object({ storageSize: z.number(), totalIndexSize: z.number() })

/** Bytes on disk of one of each, as the loads before left them: what updates have left empty counts as well. */
export async function bytesOfEach(context: BenchContext, stack: BenchStack): Promise<Figure[]> {
  context.tell('sizes on disk')
  const load = webhookLoad(stack.mongoUrl, ['cus_unknown'])
  await saturate({ ...load, url: gatewayOf(stack), connections, ends: { total: webhooks } })
  await load.prove()
  const figures: Figure[] = []
  for (const name of measured) figures.push(...(await bytesOf(stack, name, 'in the end')))
  return figures
}

/** Bytes on disk of one record of the collection; none where it is empty. */
export async function bytesOf({ mongoUrl }: BenchStack, name: Measured, at: string): Promise<Figure[]> {
  const { connection, db } = await connect({ url: mongoUrl, poolSize: 1, timeoutMs: 60_000 })
  try {
    const count = await db.collection(name).countDocuments()
    if (count === 0) return []
    const { storageSize, totalIndexSize } = collStats.parse(await db.command({ collStats: name }))
    const indexes = (await db.collection(name).indexes()).length
    return [
      { name: `${at}: bytes of one of ${count} ${name}`, unit: '', runs: [storageSize / count] },
      { name: `${at}: … in its ${indexes} indexes`, unit: '', runs: [totalIndexSize / count] },
    ]
  } finally {
    await connection.close()
  }
}

/** Bytes of Redis' memory for one customer whose bell rings and whom no worker has come for yet. */
export async function bytesOfWaitingBell(
  context: BenchContext,
  stack: BenchStack,
  ids: readonly string[],
): Promise<Figure[]> {
  context.tell('memory of waiting bells')
  const client = new Redis(stack.redis.url)
  try {
    await client.flushall()
    const before = await usedMemory(client)
    const rung = Math.min(bells, ids.length)
    const load = writeLoad(stack, { ids, creates: false })
    await saturate({ ...load, url: gatewayOf(stack), connections, ends: { total: rung } })
    const bytes = (await usedMemory(client)) - before
    return [{ name: `bytes of Redis for one of ${rung} waiting bells`, unit: '', runs: [bytes / rung] }]
  } finally {
    client.disconnect()
  }
}

async function usedMemory(client: Redis): Promise<number> {
  const told = /used_memory:(\d+)/.exec(await client.info('memory'))?.[1]
  if (told === undefined) throw new Error('Redis does not tell its memory')
  return Number(told)
}
