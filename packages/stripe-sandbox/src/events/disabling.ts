/**
 * Owns the disabling of receivers that take nothing for days.
 * Promises: one attempt that succeeds forgets all before it; a receiver is disabled as if its owner had done it, so that enabling it again
 * is all that it takes; how many days that takes is a setting, and by default it never happens.
 */
import type { Core } from '../core.ts'
import { eventDestinations } from '../resources/event-destination-object.ts'
import { webhookEndpoints } from '../resources/webhook-endpoint-object.ts'
import type { Realm } from '../state/store.ts'
import type { TableKey } from '../state/table.ts'

/** Since when a receiver has failed without a success (milliseconds on the sandbox's clock). */
const failing: TableKey<{ readonly id: string; readonly since: number }> = { name: 'failing_receivers' }

const dayMs = 86_400_000

/** Notes the outcome of an attempt. Call it inside a unit of work. */
export function noteOutcome(core: Core, realm: Realm, receiver: string, ok: boolean): void {
  const table = realm.table(failing)
  if (ok) return table.forget(receiver)
  const now = core.clock.now()
  const since = table.get(receiver)?.since
  if (since === undefined) table.put({ id: receiver, since: now })
  const days = core.settings.webhook_disable_days
  if (days === null || now - (since ?? now) < days * dayMs) return
  table.forget(receiver)
  const endpoint = realm.table(webhookEndpoints).get(receiver)
  if (endpoint) realm.table(webhookEndpoints).put({ ...endpoint, status: 'disabled' })
  const destination = realm.table(eventDestinations).get(receiver)
  if (destination) realm.table(eventDestinations).put({ ...destination, status: 'disabled', updated: now })
}
