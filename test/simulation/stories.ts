// Owns the schedules that chance finds too seldom, told step by step (PROTOCOL section 8): by the name of the rule without
// which each breaks a guarantee. As the product is, every one of them holds.

import type { Telling } from './story.ts'

const ada = { kind: 'create', key: 'ada', input: { name: 'a0' } } as const
const named = (value: string) => [{ leaf: 'name', value }]

export const stories: Readonly<Record<string, Telling>> = {
  'observe-without-fence': async (story) => {
    await story.api(ada, named('a0'))
    await story.settle()
    await story.edit('name', 's1')
    await story.deliver()
    await story.take(0, 'customer-apply')
    await story.finish(0)
    await story.take(0, 'stripe-sync')
    await story.until(0, 'store.replaceCustomer')
    await story.edit('name', 's2')
    await story.deliver()
    await story.take(1, 'customer-apply')
    await story.finish(1)
    await story.take(1, 'stripe-sync')
    await story.finish(1)
    await story.finish(0)
  },
}
