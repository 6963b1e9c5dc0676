// What `redis-benchmark` says is read as its rate, and an answer without one is never taken for a figure.

import { expect, test } from 'vitest'
import { ratePerSecond } from './redis-bounds.ts'

const header = '"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms"\n'

test('the rate is read whatever the command that stands before it', () => {
  expect(ratePerSecond(`${header}"PING","99751.50","0.3","0.1","0.2"\n`)).toBe(99_751.5)
  expect(ratePerSecond('"SET bench:__rand_int__ x","31974.00"\n')).toBe(31_974)
})

test('an answer without a rate is an error', () => {
  expect(() => ratePerSecond('')).toThrow('nothing')
  expect(() => ratePerSecond(header)).toThrow('rps')
  expect(() => ratePerSecond('Could not connect to Redis at 127.0.0.1:1: Connection refused')).toThrow(
    'refused',
  )
})
