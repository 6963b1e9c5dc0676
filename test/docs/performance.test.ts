// What docs/performance.md says of costs is what the test of costs allows.

import { expect, test } from 'vitest'
import { create, update, webhook } from '../counts/allowed.ts'
import { type Cost, sum } from '../counts/counts.ts'
import { readDocument, tableOf } from './markdown.ts'

test('the costs of an operation are those that are allowed', () => {
  const told = tableOf(readDocument('docs/performance.md'), 'scenario').map(([, ...costs]) =>
    costs.map(Number),
  )
  const sums = ({ mongo, redis, stripe }: Cost) => [mongo, redis, stripe].map(sum)
  expect(told).toEqual([create, update, webhook].map(sums))
})
