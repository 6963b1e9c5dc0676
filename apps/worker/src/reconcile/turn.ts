// Owns a process's turn at a pass: its lease, and every write of the record while it lasts.
// Promises: each move is a compare-and-set that renews the lease; a process whose lease was taken over moves nothing any more.

import { type Reconciliation } from '@lockstep/domain/reconciliation/pass'
import { leased } from '@lockstep/domain/reconciliation/pass-moves'
import type { Ports } from '../ports.ts'

/** A step takes a second or two, and much more while live writes take the budget; then the lease is kept on the way (ms). */
const leaseMs = 60_000

/** The record while this process holds it. Each move answers false where another process took over. */
export interface Turn {
  record: Reconciliation
  move(decide: (record: Reconciliation) => Reconciliation): Promise<boolean>
  /** Moves nothing, but keeps the lease where it grows old. */
  keep(): Promise<boolean>
  stopping?: AbortSignal
}

/** Takes the record, or keeps it; null: another process took it first. */
export async function openTurn(
  ports: Ports,
  known: Reconciliation,
  { holder, stopping }: { holder: string; stopping?: AbortSignal },
): Promise<Turn | null> {
  const keptFor = (record: Reconciliation) => {
    const now = ports.clock.now()
    return leased(record, { holder, until: now + leaseMs, now })
  }
  let keeping: Promise<boolean> | null = null
  const turn: Turn = {
    ...(stopping && { stopping }),
    record: known,
    async move(decide) {
      const moved = decide(keptFor(turn.record))
      const written = await writeRecord(ports, moved)
      if (written) turn.record = written
      return written !== null
    },
    async keep() {
      const isFresh =
        turn.record.holder === holder && turn.record.leased_until - ports.clock.now() > leaseMs / 2
      if (isFresh) return true
      // Those who ask side by side keep it together: each by itself would take the others for another process.
      keeping ??= turn.move((record) => record).finally(() => (keeping = null))
      return keeping
    },
  }
  if (known.pass.began_at === null) {
    const { id: pass, reason } = known.pass
    ports.log({ event: 'reconciliation_began', tenant: known._id, pass, reason })
  }
  return (await turn.keep()) ? turn : null
}

/** Compare-and-set; answers the record as it stands now, or null where somebody else moved it. */
export async function writeRecord(ports: Ports, record: Reconciliation): Promise<Reconciliation | null> {
  const { kind } = await ports.store.replaceReconciliation(record)
  return kind === 'ok' ? { ...record, rev: record.rev + 1 } : null
}
