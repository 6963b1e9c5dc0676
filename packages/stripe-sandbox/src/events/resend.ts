/**
 * Owns the manual sending of an event.
 * Promises: one attempt to each receiver, newly signed; what is pending or failed of the automatic deliveries stays as it is.
 */
import type { Core } from '../core.ts'
import { send } from './deliveries.ts'
import { events } from './stored-event.ts'
import { targetsOf } from './targets.ts'

/** Sends an event again; `only` names one receiver. Rejects if there is no such event. */
export async function resend(
  core: Core,
  id: string,
  only?: string,
): Promise<{ endpoint: string; ok: boolean; result: string }[]> {
  const realm = core.store.realms().find((one) => one.table(events).get(id))
  const event = realm?.table(events).get(id)
  if (!realm || !event) throw new Error(`no such event: ${id}`)
  const sent: { endpoint: string; ok: boolean; result: string }[] = []
  for (const target of targetsOf(core, realm)) {
    if (only === undefined ? !(target.enabled && target.wants(event)) : target.id !== only) continue
    const { ok, text } = await send(core, event, target)
    sent.push({ endpoint: target.id, ok, result: text })
  }
  return sent
}
