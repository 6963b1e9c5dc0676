// Owns how a queue is parted over a Redis Cluster: one BullMQ queue lives in one hash slot, so it is made of several, each
// under a hash tag of its own. Promises: a subject's bells are always in one shard, so that they meet. Pure.

import { crc32 } from 'node:zlib'

/** BullMQ's own prefix: one shard needs no hash tag, and what it holds is found where it always was. */
const onlyPrefix = 'bull'

/** The prefix of BullMQ's keys for each shard. Where their number changes, the sweeper rings again for what lay in the others. */
export function shardPrefixes(shards: number): [string, ...string[]] {
  if (shards === 1) return [onlyPrefix]
  const [first = onlyPrefix, ...rest] = Array.from(
    { length: shards },
    (_, shard) => `{${onlyPrefix}-${shard}}`,
  )
  return [first, ...rest]
}

/** Which shard the bells of this subject are in. */
export function shardOf(subjectKey: string, shards: number): number {
  return crc32(subjectKey) % shards
}
