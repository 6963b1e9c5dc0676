import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { openDirect, type DirectSandbox } from '../support/direct-sandbox.ts'
import { everything, pathsOf } from '../support/everything.ts'
import { runs } from '../support/runs.ts'
import { withoutIds } from '../support/same-but-ids.ts'
import { openShop, sequences, type Taken } from '../support/shop/shop.ts'
import { stock } from '../support/shop/stock.ts'

const folder = mkdtempSync(join(tmpdir(), 'sandbox-restart-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0

const anything = sequences(
  [
    'customers',
    'neighbours',
    'catalogue',
    'subscriptions',
    'invoices',
    'meters',
    'portal',
    'clocks',
    'receivers',
    'time',
  ],
  { max: 40 },
)

it('a sandbox comes back with all that it answered, if its last line was cut off at any byte', async () => {
  await fc.assert(
    fc.asyncProperty(anything, fc.nat(), fc.nat(), async (sequence, stop, cut) => {
      const file = join(folder, `whole-${files++}`)
      const sandbox = openDirect({ persist: file })
      const shop = openShop(sandbox)
      await stock(shop)
      const stopAt = stop % (sequence.length + 1)
      const keyed: Taken[] = []
      for (const [index, one] of sequence.slice(0, stopAt).entries()) {
        keyed.push(await shop.take(one, `key-${index}`))
      }
      const paths = pathsOf(shop.known)
      // A refusal names its own request, which no two share.
      const read = (from: DirectSandbox) =>
        paths.map((path) => [path, from.call('GET', path).text.replace(/req_\w+/, 'req')])
      const [kept, each, size] = [await everything(shop.get), read(sandbox), readFileSync(file).length]
      // What is cut off is the beginning of what came next.
      for (const one of sequence.slice(stopAt)) {
        if (readFileSync(file).length === size) await shop.take(one)
      }
      sandbox.close()

      const bytes = readFileSync(file)
      const lineEnd = bytes.indexOf('\n', size)
      const torn = lineEnd < 0 ? 0 : cut % (lineEnd - size + 1)
      const copy = `${file}-cut`
      writeFileSync(copy, bytes.subarray(0, size + torn))
      const again = openDirect({ persist: copy })
      for (const [index, { call, answer }] of keyed.entries()) {
        // Keys of v2 are forgotten after 30 days, which may have passed.
        if (call?.[0] !== 'POST' || call[1].startsWith('/v2/') || answer?.status !== 200) continue
        expect(again.call(call[0], call[1], call[2] ?? {}, { key: `key-${index}` }).text).toBe(answer.text)
      }
      expect(await everything(openShop(again).get)).toEqual(kept)
      expect(read(again)).toEqual(each)
      again.close()
    }),
    runs(30),
  )
})

it('a restart is not noticed: what follows is as without it, and what is owed falls due', async () => {
  await fc.assert(
    fc.asyncProperty(anything, anything, async (earlier, later) => {
      const file = join(folder, `live-${files++}`)
      const [steady, killed] = [openDirect(), openDirect({ persist: file })]
      const [one, other] = [openShop(steady), openShop(killed)]
      for (const shop of [one, other]) {
        await stock(shop)
        for (const step of earlier) await shop.take(step)
      }
      killed.close()
      const again = openDirect({ persist: file })
      const moved = other.moveTo(again)
      for (const shop of [one, moved]) for (const step of later) await shop.take(step)
      const held = withoutIds(await everything(moved.get), moved.known)
      expect(held).toEqual(withoutIds(await everything(one.get), one.known))
      for (const sandbox of [steady, again]) sandbox.close()
    }),
    runs(30),
  )
})
