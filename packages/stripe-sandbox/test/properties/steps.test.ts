import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openDirect } from '../support/direct-sandbox.ts'
import { openShop, sequences, steps } from '../support/shop/shop.ts'
import { stock } from '../support/shop/stock.ts'

it('each kind of step of the random sequences has its effect in some of them', async () => {
  const areas = Object.keys(steps) as (keyof typeof steps)[]
  const succeeded = new Set<string>()
  const seen = new Set<string>()
  // Always the same ones: this asks what the sequences reach, not what the sandbox does.
  for (const sequence of fc.sample(sequences(areas, { max: 60 }), { numRuns: 200, seed: 1 })) {
    const sandbox = openDirect()
    const shop = openShop(sandbox)
    await stock(shop)
    for (const one of sequence) {
      const { answer } = await shop.take(one)
      seen.add(one.name)
      if (one.seconds !== undefined || answer?.status === 200) succeeded.add(one.name)
    }
    sandbox.close()
  }
  expect([...seen].filter((name) => !succeeded.has(name))).toEqual([])
  expect(seen.size).toBeGreaterThan(60)
})
