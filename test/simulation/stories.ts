// Owns the schedules that chance finds too seldom, told step by step (PROTOCOL section 8): by the name of the rule without
// which each breaks a guarantee. As the product is, every one of them holds.

import type { OperationBody } from '@lockstep/domain/operation/operation'
import { rollForwardMs } from './simulated-stripe.ts'
import type { Story, Telling } from './story.ts'

const ada = { kind: 'create', key: 'ada', input: { name: 'a0' } } as const
const named = (value: string) => [{ leaf: 'name', value }]
const rename = (name: string): OperationBody => ({ kind: 'update', input: { name } })

/** The only bell of this lane is answered, from its beginning to its end. */
async function run(story: Story, worker: number, lane: 'customer-apply' | 'stripe-sync'): Promise<void> {
  await story.take(worker, lane)
  await story.finish(worker)
}

/** A customer on whom both sides agree. */
async function agree(story: Story): Promise<void> {
  await story.api(ada, named('a0'))
  await story.settle()
}

/** What somebody at Stripe wrote is told, and has become a wish for a look. */
async function noted(story: Story, worker: number, leaf: string, value: string): Promise<void> {
  await story.edit(leaf, value)
  await story.deliver()
  await run(story, worker, 'customer-apply')
}

/** A caller's name stands in the document; Stripe has not heard of it. */
async function wish(story: Story, value: string): Promise<void> {
  await story.api(rename(value), named(value))
  await run(story, 0, 'customer-apply')
}

/** A caller's name has been carried out at Stripe; worker 0 has not heard of it. */
async function pushOnItsWay(story: Story, value: string): Promise<void> {
  await wish(story, value)
  await story.take(0, 'stripe-sync')
  await story.until(0, 'stripe.POST answered')
}

/** The create has been carried out; worker 0 has not heard of it. */
async function createOnItsWay(story: Story): Promise<void> {
  await story.api(ada, named('a0'))
  await run(story, 0, 'customer-apply')
  await story.take(0, 'stripe-sync')
  await story.until(0, 'stripe.POST answered')
}

/** Somebody took our mark off, and deleted it; both were told, and nobody here was meant. */
async function diedUnseen(story: Story): Promise<void> {
  await story.strip()
  await story.deleteAtStripe()
  for (const type of ['customer.updated', 'customer.deleted']) {
    await story.deliver(type)
    await run(story, 1, 'customer-apply')
    await run(story, 1, 'stripe-sync')
  }
}

export const stories: Readonly<Record<string, Telling>> = {
  'observe-without-fence': {
    // A snapshot's old values would give the older look away (replaced.ts).
    climate: { payload: 'thin' },
    async tell(story) {
      await agree(story)
      await noted(story, 0, 'name', 's1')
      await story.take(0, 'stripe-sync')
      await story.until(0, 'store.replaceCustomer')
      await noted(story, 1, 'name', 's2')
      await run(story, 1, 'stripe-sync')
      await story.finish(0)
    },
  },
  'observe-under-intent': {
    async tell(story) {
      await agree(story)
      await pushOnItsWay(story, 'a1')
      await noted(story, 1, 'description', 's2')
      await story.take(1, 'stripe-sync')
      await story.until(1, 'store.replaceCustomer answered')
      await story.finish(0)
      await story.finish(1)
    },
  },
  'answer-settles-wanted': {
    async tell(story) {
      await agree(story)
      await pushOnItsWay(story, 'a1')
      await noted(story, 1, 'description', 's1')
      await story.finish(0)
    },
  },
  'seen-takes-all': {
    async tell(story) {
      await agree(story)
      await noted(story, 0, 'name', 's1')
      await story.take(0, 'stripe-sync')
      await story.until(0, 'stripe.GET answered')
      await noted(story, 1, 'name', 's2')
      await story.finish(0)
    },
  },
  'unknown-push-not-matched': {
    climate: { policy: 'stripe' },
    async tell(story) {
      await agree(story)
      story.fault({ kind: 'server_error', when: 'after' })
      await pushOnItsWay(story, 'a1')
      await story.api(rename('a2'), named('a2'))
      await run(story, 1, 'customer-apply')
      await story.finish(0)
    },
  },
  'echo-not-examined': {
    async tell(story) {
      await agree(story)
      await wish(story, 'a1')
      await story.take(0, 'stripe-sync')
      await story.until(0, 'stripe.POST')
      await story.edit('name', 's1')
      await story.finish(0)
    },
  },
  'echo-always-skipped': {
    async tell(story) {
      await agree(story)
      story.fault({ kind: 'server_error', when: 'later' })
      await pushOnItsWay(story, 'a1')
      await story.finish(0)
      await story.api(rename('a2'), named('a2'))
      await story.settle()
    },
  },
  'link-without-reread': {
    async tell(story) {
      await createOnItsWay(story)
      await diedUnseen(story)
      story.kill(0)
      await story.deliver('customer.created')
    },
  },
  'twin-not-absorbed': {
    async tell(story) {
      await createOnItsWay(story)
      await story.strip()
      await story.deliver('customer.updated')
      await run(story, 1, 'customer-apply')
      await run(story, 1, 'stripe-sync')
      await story.finish(0)
    },
  },
  'link-without-look-after-create': {
    async tell(story) {
      await createOnItsWay(story)
      await diedUnseen(story)
      await story.finish(0)
    },
  },
  'event-done-first': {
    async tell(story) {
      await agree(story)
      await story.edit('name', 's1')
      await story.deliver()
      await story.take(0, 'customer-apply')
      await story.until(0, 'store.replaceCustomer')
      story.kill(0)
    },
  },
  'detach-repeated-at-once': {
    climate: { detachedMethods: 'attachable' },
    async tell(story) {
      const [method = ''] = story.world.tenants[0]?.paymentMethods ?? []
      await agree(story)
      await story.api({ kind: 'attach_payment_method', payment_method: method })
      await story.settle()
      story.fault({ kind: 'server_error', when: 'later' })
      await story.api({ kind: 'detach_payment_method', payment_method: method })
      await story.settle()
      await story.api({ kind: 'attach_payment_method', payment_method: method })
      await story.settle()
    },
  },
  'slot-used-late': {
    climate: { limits: { perEndpoint: 2, perAccount: 25 } },
    async tell(story) {
      const names = ['bob', 'cyd']
      await agree(story)
      const others: string[] = []
      for (const key of names)
        others.push(await story.api({ kind: 'create', key, input: { name: key } }, named(key)))
      await story.settle()
      await story.world.time.pass(5_000)
      await story.api(rename('a1'), named('a1'), story.first())
      await run(story, 0, 'customer-apply')
      await story.take(0, 'stripe-sync')
      await story.until(0, 'slots.take answered')
      await story.amnesia(4_000)
      for (const id of others) {
        await story.api(rename('b1'), named('b1'), id)
        await run(story, 1, 'customer-apply')
        await story.take(1, 'stripe-sync')
        await story.until(1, 'stripe.POST')
        await story.finish(1)
      }
      await story.finish(0)
    },
  },
  'busy-counts-as-failure': {
    async tell(story) {
      await agree(story)
      for (let count = 0; count < 6; count++) story.fault({ kind: 'busy', status: 429, when: 'before' })
      await story.api(rename('a1'), named('a1'))
      for (let count = 0; count < 10; count++) await story.sweep()
    },
  },
  'outbox-stranded': {
    async tell(story) {
      await agree(story)
      await noted(story, 0, 'name', 's1')
      await story.take(0, 'stripe-sync')
      await story.until(0, 'store.appendEvents')
      story.kill(0)
    },
  },
  'old-read-believed': {
    async tell(story) {
      await agree(story)
      await wish(story, 'a1')
      await run(story, 0, 'stripe-sync')
      await noted(story, 0, 'description', 's1')
      story.fault({ kind: 'stale_read' })
      await run(story, 0, 'stripe-sync')
    },
  },
  'stored-answer-believed': {
    async tell(story) {
      const described = [{ leaf: 'description', value: 's1' }]
      await agree(story)
      await story.edit('description', 's1')
      await wish(story, 'a1')
      story.fault({ kind: 'lost', when: 'after' })
      await run(story, 0, 'stripe-sync')
      await story.edit('description', 's2')
      await story.api({ kind: 'update', input: { description: 's1' } }, described)
      await run(story, 0, 'customer-apply')
    },
  },
  'purged-comes-back': {
    // A thin event does not tell whose it is: that is asked while everything goes on.
    climate: { payload: 'thin' },
    async tell(story) {
      await createOnItsWay(story)
      await story.strip()
      await story.deliver()
      await run(story, 1, 'customer-apply')
      await story.take(1, 'stripe-sync')
      await story.until(1, 'stripe.GET answered')
      await story.finish(0)
      await story.api({ kind: 'delete' }, [], story.first())
      await story.api({ kind: 'purge', erase: false }, [], story.first())
      await run(story, 0, 'customer-apply')
      await run(story, 0, 'stripe-sync')
      await story.finish(1)
    },
  },
  'effect-not-agreed': {
    async tell(story) {
      await agree(story)
      await wish(story, 'a1')
      story.fault({ kind: 'server_error', when: 'after' })
      await story.take(0, 'stripe-sync')
      await story.until(0, 'stripe.GET')
      story.kill(0)
      await story.edit('name', 'a0')
      await story.deliver()
      await run(story, 1, 'customer-apply')
    },
  },
  'late-strike-unseen': {
    async tell(story) {
      await agree(story)
      await wish(story, 'a1')
      story.fault({ kind: 'server_error', when: 'later' })
      await run(story, 0, 'stripe-sync')
      await story.edit('name', 'a0')
      await story.world.time.pass(rollForwardMs)
    },
  },
  'old-read-parks-purge': {
    async tell(story) {
      await agree(story)
      await story.api({ kind: 'delete' }, [])
      await story.api({ kind: 'purge', erase: false }, [])
      await run(story, 0, 'customer-apply')
      await story.deleteAtStripe()
      story.fault({ kind: 'stale_read' })
      await run(story, 0, 'stripe-sync')
    },
  },
}
