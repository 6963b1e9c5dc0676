// Owns keeping a MongoDB or Redis of the stack alive, where it was started here.
// Promises: one that dies is started again on the same port and data; nothing is started after `stop`.

import { setTimeout as wait } from 'node:timers/promises'
import type { LocalService } from '@lockstep/local-services'

/** Between two tries to start it again (ms). */
const pauseMs = 500

/** Calls `restarted` whenever it is back. The answer ends the watch and the service. */
export function superviseService(service: LocalService, restarted: () => void): { stop(): Promise<void> } {
  let stopped = false
  let deaths = 0
  let restoring: Promise<void> | null = null

  const restore = async () => {
    for (let handled = 0; handled < deaths && !stopped; ) {
      const seen = deaths
      const back = await service.restart().then(
        () => true,
        () => false,
      )
      if (!back) await wait(pauseMs)
      else handled = seen
      if (back && !stopped) restarted()
    }
    deaths = 0
    restoring = null
  }
  const silence = service.onDeath(() => {
    deaths++
    restoring ??= restore()
  })
  return {
    async stop() {
      stopped = true
      silence()
      await service.stop()
    },
  }
}
