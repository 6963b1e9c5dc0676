import { describe, expect, test } from 'vitest'
import { redisAddresses } from '../../src/doorbell/redis.ts'
import { shardOf, shardPrefixes } from '../../src/doorbell/shards.ts'

describe('shards of a queue', () => {
  test('one shard is where it always was; each of several has a hash tag of its own', () => {
    expect(shardPrefixes(1)).toEqual(['bull'])
    expect(shardPrefixes(3)).toEqual(['{bull-0}', '{bull-1}', '{bull-2}'])
  })

  test('a subject is always in one shard, and many are spread evenly', () => {
    const counts = new Map<number, number>()
    for (let n = 0; n < 8_000; n++) {
      const shard = shardOf(`c/default/${n}`, 8)
      expect(shardOf(`c/default/${n}`, 8)).toBe(shard)
      counts.set(shard, (counts.get(shard) ?? 0) + 1)
    }
    expect(new Set(counts.keys())).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]))
    for (const count of counts.values()) expect(count).toBeGreaterThan(800)
  })
})

describe('addresses of a Redis', () => {
  test('one, or several with commas and blanks between them', () => {
    expect(redisAddresses('redis://a:6379')).toHaveLength(1)
    expect(redisAddresses('redis://a:1, rediss://u:p@b:2').map(({ host }) => host)).toEqual(['a:1', 'b:2'])
  })

  test.each(['', 'a:6379', 'http://a', 'redis://', 'redis://a,', 'redis://a,b:2'])(
    '%j names none',
    (text) => {
      expect(redisAddresses(text)).toEqual([])
    },
  )
})
