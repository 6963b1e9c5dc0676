import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { stripe } = sandbox

describe('a list', () => {
  it('clamps its limit without a word, defaults to 10, and refuses what is no number', async () => {
    await sandbox.door('POST', '/reset')
    for (let made = 0; made < 103; made++) await stripe.customers.create({ name: String(made) })
    const length = async (limit?: number) =>
      (await stripe.customers.list(limit === undefined ? {} : { limit })).data.length
    expect([await length(), await length(0), await length(-5), await length(101), await length(100)]).toEqual(
      [10, 1, 1, 100, 100],
    )
    const refused = await sandbox.request('GET', '/v1/customers?limit=abc')
    expect([refused.status, refused.error['code']]).toEqual([400, 'parameter_invalid_integer'])
    const seen: string[] = []
    for await (const customer of stripe.customers.list({ limit: 7 })) seen.push(customer.name ?? '')
    expect(seen).toEqual(Array.from({ length: 103 }, (_, index) => String(102 - index)))
  })

  it('refuses two cursors and an unknown one, and takes the id of a deleted customer', async () => {
    await sandbox.door('POST', '/reset')
    const ids: string[] = []
    for (let made = 0; made < 4; made++) ids.push((await stripe.customers.create({})).id)
    const [first = '', second = '', third = '', fourth = ''] = ids
    await stripe.customers.del(second)
    const idsOf = async (params: object) => (await stripe.customers.list(params)).data.map(({ id }) => id)
    expect(await idsOf({ starting_after: second })).toEqual([first])
    expect(await idsOf({ ending_before: second })).toEqual([fourth, third])
    expect(
      await failureOf(stripe.customers.list({ starting_after: first, ending_before: third })),
    ).toMatchObject({
      statusCode: 400,
      message: 'Received both starting_after and ending_before parameters. Please pass in only one.',
    })
    expect(await failureOf(stripe.customers.list({ starting_after: 'cus_nope' }))).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'starting_after',
    })
  })

  it('filters by e-mail exactly and by time of creation', async () => {
    await sandbox.door('POST', '/reset')
    const start = Math.floor(sandbox.clock.now() / 1000)
    for (const email of ['a@x.y', 'A@x.y', 'b@x.y']) {
      await stripe.customers.create({ email })
      await sandbox.clock.advance(1000)
    }
    const emails = async (params: object) =>
      (await stripe.customers.list(params)).data.map(({ email }) => email)
    expect(await emails({ email: 'a@x.y' })).toEqual(['a@x.y'])
    expect(await emails({ created: start + 1 })).toEqual(['A@x.y'])
    expect(await emails({ created: { gte: start + 1 } })).toEqual(['b@x.y', 'A@x.y'])
    expect(await emails({ created: { gt: start, lt: start + 2 } })).toEqual(['A@x.y'])
    expect(await emails({ created: { lte: start } })).toEqual(['a@x.y'])
    expect((await sandbox.request('GET', '/v1/customers?created[nope]=1')).error['param']).toBe(
      'created[nope]',
    )
  })

  it('paged in any way after any creations and deletions holds each live customer once, newest first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant('create' as const) }, fc.nat(20)), {
          maxLength: 25,
        }),
        fc.integer({ min: 1, max: 7 }),
        async (steps, limit) => {
          await sandbox.door('POST', '/reset')
          const live: string[] = []
          for (const step of steps) {
            if (step === 'create') live.unshift((await stripe.customers.create({})).id)
            else {
              const [gone] = live.splice(step % Math.max(live.length, 1), 1)
              if (gone) await stripe.customers.del(gone)
            }
          }
          const forward: string[] = []
          for (let more = true; more; ) {
            const after = forward.at(-1)
            const page = await stripe.customers.list({ limit, ...(after ? { starting_after: after } : {}) })
            forward.push(...page.data.map(({ id }) => id))
            more = page.has_more
          }
          expect(forward).toEqual(live)
          const backward: string[] = []
          const last = live.at(-1)
          if (!last) return
          backward.unshift(last)
          for (let more = true; more; ) {
            const page = await stripe.customers.list({ limit, ending_before: backward[0] ?? '' })
            backward.unshift(...page.data.map(({ id }) => id))
            more = page.has_more
          }
          expect(backward).toEqual(live)
        },
      ),
      { numRuns: 25 },
    )
  })
})
