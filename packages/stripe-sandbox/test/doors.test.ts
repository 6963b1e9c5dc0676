import { describe, expect, it } from 'vitest'
import { testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })

describe('the clock', () => {
  it.each([[1e300], [1e9], [-1], ['60'], [null]])('is not advanced by %s seconds', async (seconds) => {
    const { status, json } = await sandbox.door('POST', '/clock/advance', { seconds })
    expect([status, json['error']]).toEqual([400, expect.stringContaining('from 0 to 315576000')])
  })

  it('does not leave the years that can be written', async () => {
    const statuses: number[] = []
    for (let years = 0; years < 9000; years += 10)
      statuses.push((await sandbox.door('POST', '/clock/advance', { seconds: 315_576_000 })).status)
    expect([statuses[0], statuses.at(-1)]).toEqual([200, 400])
    expect((await sandbox.stripe.customers.create({})).created).toBeLessThan(Date.UTC(9999, 11, 31) / 1000)
  })
})
