/**
 * Owns the manual sending of an event.
 * Promises: one attempt to each receiver, newly signed; what is pending or failed of the automatic deliveries stays as it is.
 */
import type { Core } from '../core.ts'
import { attemptOf } from './attempt.ts'
import { send } from './deliveries.ts'
import { eventAnywhere } from './find-event.ts'
import { targetsOf } from './targets.ts'

/** What one receiver said. */
export type Sent = {
  readonly endpoint: string
  readonly url: string
  readonly ok: boolean
  readonly result: string
}

/** Sends an event again; `only` names one receiver. Rejects if there is no such event, or no such receiver. */
export async function resend(core: Core, id: string, only?: string): Promise<Sent[]> {
  const { realm, event } = eventAnywhere(core, id)
  const sent: Sent[] = []
  for (const target of targetsOf(core, realm)) {
    if (only === undefined ? !(target.enabled && target.wants(event)) : target.id !== only) continue
    const { ok, text } = await send(core, event, target)
    core.attempts.add(attemptOf(core.clock.now(), event, target, { number: null, ok, result: text }))
    sent.push({ endpoint: target.id, url: target.url, ok, result: text })
  }
  if (only !== undefined && sent.length === 0)
    throw new Error(`no such webhook endpoint or destination: ${only}`)
  return sent
}
