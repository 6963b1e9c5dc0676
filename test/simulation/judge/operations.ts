// Owns the judgement over operations: none is lost, none comes from nowhere, their order stands (G1, G6).

import { isOpen } from '@lockstep/domain/operation/operation'
import { nameOf } from '../watched-store.ts'
import { isForAPerson, type Side } from './side.ts'

/** G1: whatever was sent was acknowledged in the end, is there, and has an outcome. */
export function unsettled(side: Side): string[] {
  const { world, tenant, operations, documents } = side
  return world.history.sent
    .filter(({ tenantId }) => tenantId === tenant.id)
    .flatMap((sent) => {
      if (sent.ackedAt === null) return [`G1: ${sent.idempotencyKey} was never acknowledged`]
      const [id = ''] = sent.operationIds
      const operation = operations.get(id)
      if (!operation) return [`G1: operation ${id} was acknowledged and is not there`]
      // A command behind a create that only a person can decide waits for that person.
      const doc = documents.find(({ _id }) => _id === operation.customer_id)
      if (doc?.commands?.includes(id) && isForAPerson(side, doc)) return []
      return isOpen(operation) ? [`G1: operation ${id} was acknowledged and never settled`] : []
    })
}

/** G6: what was sent after the acknowledgement of another operation on the same customer is applied after it. */
export function disorder({ world, tenant, operations }: Side): string[] {
  const applied = new Map(world.history.applied.map((each) => [each.operationId, each]))
  const placed = world.history.sent.flatMap((sent) => {
    const [id = ''] = sent.operationIds
    const place = applied.get(id)
    return sent.tenantId === tenant.id && place ? [{ sent, place, id }] : []
  })
  return placed.flatMap((second) =>
    placed
      .filter(({ sent, place }) => {
        const same = operations.get(second.id)?.customer_id === place.customerId
        return (
          same &&
          sent.ackedAt !== null &&
          sent.ackedAt < second.sent.sentAt &&
          place.order > second.place.order
        )
      })
      .map(
        ({ id }) =>
          `G6: ${nameOf(second.id)} was sent after ${nameOf(id)} was acknowledged, and applied before it`,
      ),
  )
}
