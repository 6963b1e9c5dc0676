import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openDirect } from '../support/direct-sandbox.ts'
import { everything, textOf } from '../support/everything.ts'
import { runs } from '../support/runs.ts'
import { openShop, sequences } from '../support/shop/shop.ts'
import { stock } from '../support/shop/stock.ts'

const anything = sequences(
  ['customers', 'neighbours', 'catalogue', 'subscriptions', 'invoices', 'meters', 'portal', 'clocks'],
  { max: 20 },
)

it('a request that is sent again with its key gets the first answer, byte for byte, and causes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(anything, fc.nat(), async (sequence, later) => {
      const sandbox = openDirect()
      const shop = openShop(sandbox, ['sk_test_1', 'sk_test_2'])
      await stock(shop)
      const taken = []
      for (const [index, one] of sequence.entries()) taken.push(await shop.take(one, `key-${index}`))
      await sandbox.advance(later % 86_400)
      const before = await everything(shop.get)
      for (const [index, { call, answer }] of taken.entries()) {
        if (!call || !answer || call[0] !== 'POST') continue
        const [method, path, form = {}] = call
        const again = sandbox.call(method, path, form, { key: `key-${index}` })
        const replayed = again.headers['Idempotent-Replayed'] === 'true'
        if (!replayed) expect(answer.status, 'only what failed validation is not kept').toBe(400)
        else {
          expect([again.status, again.text]).toEqual([answer.status, answer.text])
          expect(again.headers['Original-Request']).toBe(answer.headers['Request-Id'])
        }
        expect(again.headers['Request-Id']).not.toBe(answer.headers['Request-Id'])
        const other = sandbox.call(method, path, { ...form, description: 'other' }, { key: `key-${index}` })
        if (replayed) expect(other.text).toContain('"type":"idempotency_error"')
      }
      expect(await everything(shop.get)).toEqual(before)
      sandbox.close()
    }),
    runs(40),
  )
})

it('a key is a new one once it is as old as the setting says, and not a second before', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 90_000 }), { maxLength: 10 }),
      fc.integer({ min: 1, max: 200_000 }),
      async (waits, age) => {
        const sandbox = openDirect()
        sandbox.core.settings.idempotency_prune_seconds = age
        let [madeAt, id, now] = [-Infinity, '', 0]
        for (const wait of [0, ...waits]) {
          await sandbox.advance(wait)
          now += wait
          const { body } = sandbox.call('POST', '/v1/customers', { name: 'Ana' }, { key: 'once' })
          const fresh = now - madeAt >= age
          expect(body['id'] === id).toBe(!fresh)
          if (fresh) [madeAt, id] = [now, textOf(body['id'])]
        }
        sandbox.close()
      },
    ),
    runs(40),
  )
})
