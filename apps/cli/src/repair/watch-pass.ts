// Owns waiting for a pass that was asked for, with a bar that moves.
// Promises: reads the record alone, a second apart; ends where the tenant stands still, since nobody knows for how long; says
// so, once, where no worker is on it.

import type { Clock } from '@lockstep/domain/clock/clock'
import { isRunning, type Reconciliation } from '@lockstep/domain/reconciliation/pass'
import type { Store } from '@lockstep/domain/store/store'
import type { Screen } from '../terminal/screen.ts'
import { isUnattended, unattendedAdvice } from './show-pass.ts'

/** ended: the record after it. paused: the tenant stands still. */
export type Watched = { kind: 'ended' | 'paused'; record: Reconciliation }

const everyMs = 1_000

/** Waits until the pass that `asked` shows, or the one that waits behind it, has ended. */
export async function watchPass(
  {
    store,
    clock,
    screen,
  }: { store: Pick<Store, 'readReconciliation' | 'readTenant'>; clock: Clock; screen: Screen },
  asked: Reconciliation,
): Promise<Watched> {
  // A wish becomes a pass of another id once this one has ended.
  const behind = asked.wish ? asked.pass.id : null
  const bar = screen.progress('customers at Stripe', asked.pass.expected ?? 0)
  let told = false
  try {
    for (;;) {
      const record = await store.readReconciliation(asked._id)
      if (!record) throw new Error('the record of the reconciliation is gone')
      if (record.pass.id !== behind) {
        bar.at(record.pass.counts.at_stripe)
        if (!isRunning(record)) return { kind: 'ended', record }
      }
      const tenant = await store.readTenant(asked._id)
      if (tenant?.paused_inbound || tenant?.paused_outbound) return { kind: 'paused', record }
      if (!told && isUnattended(record, clock.now())) {
        told = true
        screen.note(unattendedAdvice)
      }
      await clock.sleep(everyMs)
    }
  } finally {
    bar.end()
  }
}
