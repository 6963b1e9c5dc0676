// Owns the move to version 2: a customer says in its own document until when older pushes of its wait elsewhere for an echo.
// Version 0.1.0 looked for them at every echo; from then on only where the document says that there are any.

import { pushKeptMs } from '../../../sync/observe.ts'
import type { StoredPush } from '../collections.ts'
import { type Migration, pageMax } from './migration.ts'

export const rememberKeptPushes: Migration = {
  version: 2,
  name: 'remember-kept-pushes',
  does: 'says in each customer until when older pushes of its wait for their echo',
  async page({ customers, pushes }, after, mode) {
    const found = await pushes
      .find({ _id: { $gt: after ?? '' } })
      .sort({ _id: 1 })
      .limit(pageMax)
      .toArray()
    let changed = 0
    for (const { tenantId, customerId, until } of untilOf(found)) {
      const missing = {
        _id: customerId,
        tenant_id: tenantId,
        $or: [{ kept_pushes_until: { $exists: false } }, { kept_pushes_until: { $lt: until } }],
      }
      if (mode === 'count') changed += await customers.countDocuments(missing, { limit: 1 })
      else {
        // A plain change of one field, by the fence: whoever holds the document reads it again.
        const change = { $set: { kept_pushes_until: until }, $inc: { rev: 1 } }
        changed += (await customers.updateOne(missing, change)).modifiedCount
      }
    }
    return { after: found.length < pageMax ? null : (found.at(-1)?._id ?? null), read: found.length, changed }
  },
}

function untilOf(found: readonly StoredPush[]): { tenantId: string; customerId: string; until: number }[] {
  const byCustomer = Map.groupBy(found, ({ tenant_id, customer_id }) => `${tenant_id}/${customer_id}`)
  return [...byCustomer.values()].flatMap((of) => {
    const [first] = of
    if (!first) return []
    const until = Math.max(...of.map(({ push }) => push.ended_at + pushKeptMs))
    return [{ tenantId: first.tenant_id, customerId: first.customer_id, until }]
  })
}
