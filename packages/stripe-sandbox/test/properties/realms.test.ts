import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openDirect } from '../support/direct-sandbox.ts'
import { everything } from '../support/everything.ts'
import { runs } from '../support/runs.ts'
import { withoutIds } from '../support/same-but-ids.ts'
import { openShop, sequences } from '../support/shop/shop.ts'
import type { Known, Step } from '../support/shop/step.ts'
import { stock } from '../support/shop/stock.ts'

const elsewhere = 'sk_test_elsewhere'
/** Two modes of one account, and another account. */
const callers = ['sk_test_here', 'sk_live_here', elsewhere]

function openShops() {
  const sandbox = openDirect()
  sandbox.core.keys.bind({ id: elsewhere, account: 'acct_other', state: 'active', permissions: null })
  return { sandbox, shops: callers.map((key) => openShop(sandbox, [key])) }
}

const looking: Step = { name: 'look', call: () => undefined }

const turns = fc
  .tuple(
    sequences(
      ['customers', 'neighbours', 'catalogue', 'subscriptions', 'invoices', 'meters', 'portal', 'time'],
      { max: 40 },
    ),
    fc.array(fc.nat(callers.length - 1), { minLength: 40, maxLength: 40 }),
  )
  .map(([steps, who]) => steps.map((step, index) => ({ step, who: who[index] ?? 0 })))

it('what one account or mode does is the same to it whether others are at work or not', async () => {
  await fc.assert(
    fc.asyncProperty(turns, fc.nat(callers.length - 1), async (all, mine) => {
      const together = openShops()
      for (const shop of together.shops) await stock(shop)
      for (const { step, who } of all) {
        await together.shops[who]?.take(step)
        // Time passes for all, and all see what it brought them.
        if (step.seconds !== undefined) for (const shop of together.shops) await shop.take(looking)
      }
      const alone = openShops()
      const [one, other] = [together.shops[mine], alone.shops[mine]]
      if (!one || !other) throw new Error('bug: nobody is there')
      await stock(other)
      for (const { step, who } of all) if (who === mine || step.seconds !== undefined) await other.take(step)
      expect(withoutIds(await everything(one.get), one.known)).toEqual(
        withoutIds(await everything(other.get), other.known),
      )
      for (const { sandbox } of [together, alone]) sandbox.close()
    }),
    runs(30),
  )
})

it('an id of another account or mode names nothing: no call with one succeeds, shows or changes anything', async () => {
  await fc.assert(
    fc.asyncProperty(turns, turns, async (all, stolen) => {
      const { sandbox, shops } = openShops()
      for (const shop of shops) await stock(shop)
      for (const { step, who } of all) await shops[who]?.take(step)
      const before = await Promise.all(shops.map((shop) => everything(shop.get)))
      for (const { step, who } of stolen) {
        const victim = shops[(who + 1) % shops.length]
        const call = victim && step.call(idsOnly(victim.known))
        if (!call || !usesIds(step, call)) continue
        const { status, text } = sandbox.call(call[0], call[1], call[2] ?? {}, { apiKey: callers[who] ?? '' })
        expect([400, 404], `${JSON.stringify(call)} ${text}`).toContain(status)
      }
      expect(await Promise.all(shops.map((shop) => everything(shop.get)))).toEqual(before)
      sandbox.close()
    }),
    runs(30),
  )
})

/** Without names that everybody may use. */
function idsOnly(known: Known): Known {
  return new Map([...known].map(([kind, ids]) => [kind, ids.filter((id) => !id.startsWith('pm_card'))]))
}

/** True if the call says something else where nothing is known: it names an object. */
function usesIds(step: Step, call: ReturnType<Step['call']>): boolean {
  return JSON.stringify(step.call(new Map())) !== JSON.stringify(call)
}
