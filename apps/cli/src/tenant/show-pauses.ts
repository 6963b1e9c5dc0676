// Owns how a tenant's pauses are told to a person: what stands still, since when, why, and what to do about it.

import type { Pause } from '@lockstep/domain/store/tenant'
import type { Screen } from '../terminal/screen.ts'
import { adviceByReason, type Paused } from './resume-tenant.ts'

/** Each direction that stands still, with its reason and advice. */
export function showPauses(screen: Screen, { inbound, outbound }: Paused): void {
  const line = (what: string, pause: Pause | null) => {
    if (pause === null) return
    screen.failed(what, `${pause.reason}, since ${new Date(pause.at).toISOString()}`)
    screen.note(pause.detail)
    screen.note(adviceByReason[pause.reason])
  }
  line('nothing is sent to Stripe', outbound)
  line('webhooks are kept, not acted on', inbound)
}
