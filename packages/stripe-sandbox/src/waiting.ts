/**
 * Owns waiting of background work: what is under way, pauses, deliveries that are held back.
 * Promises: `settled` sees work that other work starts; nothing waits any longer once it is closed.
 */

/** The waiting part of a sandbox's innards. */
export type Waiting = {
  /** Watches work that goes on in the background; `settled` waits for it. */
  track(work: Promise<void>): Promise<void>
  /** Resolves when no delivery is under way. Retries that wait for the clock do not count. */
  settled(): Promise<void>
  /** Waits that many milliseconds of wall time; ends early when the sandbox closes. */
  pause(ms: number): Promise<void>
  /** Runs `work` after that many milliseconds of wall time; never, if the sandbox closes before. */
  later(ms: number, work: () => void): void
  /** Waits until `behind` later deliveries to the endpoint were sent, or `ms` passed. */
  holdBack(endpoint: string, behind: number, ms: number): Promise<void>
  /** Says that a delivery to the endpoint was sent. */
  sentTo(endpoint: string): void
  /** True once the sandbox closes: who comes out of a pause then should do nothing more. */
  stopped(): boolean
  /** Ends every pause at once, and calls off what was to run later. */
  stopWaiting(): void
}

type Held = { endpoint: string; left: number; release: () => void }

/** Makes the waiting part. */
export function createWaiting(): Waiting {
  const underWay = new Set<Promise<void>>()
  const held = new Set<Held>()
  const pauses = new Map<NodeJS.Timeout, () => void>()
  const awaited = new Set<NodeJS.Timeout>()
  let stopped = false

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (stopped) return resolve()
      const timer = setTimeout(() => {
        pauses.delete(timer)
        resolve()
      }, ms)
      pauses.set(timer, resolve)
    })
  }

  return {
    track(work) {
      underWay.add(work)
      const ended = work.finally(() => underWay.delete(work))
      return ended
    },
    async settled() {
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
    pause,
    later(ms, work) {
      if (stopped) return
      const timer = setTimeout(() => {
        awaited.delete(timer)
        work()
      }, ms)
      awaited.add(timer)
    },
    async holdBack(endpoint, behind, ms) {
      await new Promise<void>((resolve) => {
        const hold: Held = { endpoint, left: behind, release: () => (held.delete(hold), resolve()) }
        held.add(hold)
        void pause(ms).then(hold.release)
      })
    },
    sentTo(endpoint) {
      for (const hold of held) {
        if (hold.endpoint !== endpoint) continue
        hold.left--
        if (hold.left <= 0) hold.release()
      }
    },
    stopped: () => stopped,
    stopWaiting() {
      stopped = true
      for (const [timer, resolve] of pauses) {
        clearTimeout(timer)
        resolve()
      }
      pauses.clear()
      for (const timer of awaited) clearTimeout(timer)
      awaited.clear()
    },
  }
}
