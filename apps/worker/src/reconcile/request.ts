// Owns asking for a reconciliation: by a worker or by a person, through the tenant's record alone.
// Promises: durable when it resolves; while one runs the wish waits for its end; asked twice is asked once.

import type { Clock, Random } from '@lockstep/domain/clock/clock'
import { type PassWish, type Reconciliation } from '@lockstep/domain/reconciliation/pass'
import { asked, firstReconciliation } from '@lockstep/domain/reconciliation/pass-moves'
import type { ReconciliationStore } from '@lockstep/domain/store/store'

interface World {
  store: ReconciliationStore
  clock: Pick<Clock, 'now'>
  random: Pick<Random, 'uuid'>
}

/** Asks, and answers the record after it. @throws StoreUnavailable */
export async function askForPass(
  { store, clock, random }: World,
  tenantId: string,
  wish: Omit<PassWish, 'asked_at'>,
): Promise<Reconciliation> {
  for (;;) {
    const known = await store.readReconciliation(tenantId)
    const full = { ...wish, asked_at: clock.now() }
    const next = known
      ? asked(known, random.uuid(), full)
      : firstReconciliation(tenantId, random.uuid(), full)
    if (next === known) return known
    const written = known ? await store.replaceReconciliation(next) : await store.insertReconciliation(next)
    if (written.kind === 'ok') return { ...next, rev: next.rev + 1 }
  }
}
