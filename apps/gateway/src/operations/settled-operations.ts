// Owns how a waiting request asks the database whether its operation is settled.
// Promises: polls of many requests share one query, so a thousand waiting callers cost a few reads a second.

import type { Clock } from '@lockstep/domain/clock/clock'
import { isOpen, type Operation } from '@lockstep/domain/operation/operation'
import type { OperationStore } from '@lockstep/domain/store/store'
import { groupCommit } from '../group-commit.ts'
import type { Woken } from './wait-outcome.ts'

interface Question {
  tenantId: string
  id: string
}

/** Reads an operation if it is settled, else null. */
export type ReadSettled = (question: Question, woken: Woken) => Promise<Operation | null>

/** After a notice the record itself is read; a silent poll asks "still waiting?" together with all others. */
export function settledReader(
  store: Pick<OperationStore, 'readOperation' | 'stillWaiting'>,
  time: { elapsed: () => number; clock: Pick<Clock, 'sleep'> },
): ReadSettled {
  // The same sharing as for writes: what comes within a millisecond goes in one command.
  const stillWaiting = groupCommit<Question, boolean>({
    ...time,
    async write(questions) {
      const byTenant = Map.groupBy(questions, ({ tenantId }) => tenantId)
      const waiting = new Set<string>()
      for (const [tenantId, asked] of byTenant) {
        for (const id of await store.stillWaiting(
          tenantId,
          asked.map(({ id }) => id),
        ))
          waiting.add(id)
      }
      return questions.map(({ id }) => waiting.has(id))
    },
  })
  return async (question, woken) => {
    if (woken === 'silent' && (await stillWaiting(question))) return null
    const operation = await store.readOperation(question.tenantId, question.id)
    return operation && !isOpen(operation) ? operation : null
  }
}
