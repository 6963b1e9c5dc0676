// Owns doorbells and notices inside this process: fakes for the simulation and for tests.
// Promises: the doorbell's rules are BullMQ's as `bullmq.ts` uses them: one waiting job a subject, and another run for a
// ring while it is active. `broken` makes every ring and notice vanish, as an absent Redis does.

import {
  type Doorbell,
  type Notice,
  type Notices,
  type QueueName,
  type Subject,
  subjectKey,
} from './doorbell.ts'

/** A job that somebody works on now. */
export interface ActiveBell {
  subject: Subject
  /** The subject's key, as a BullMQ job would carry it. */
  key: string
  /** The work has ended; a ring that came meanwhile waits from now on. */
  done(): void
}

export interface MemoryDoorbell extends Doorbell {
  /** true: rings answer false and leave nothing. */
  broken: boolean
  /** The longest waiting job of this queue, now active; null where none waits. */
  next(queue: QueueName): ActiveBell | null
  /** Who waits, longest first. */
  waiting(queue: QueueName): Subject[]
  /** Forgets everything, as FLUSHALL does. */
  flush(): void
  /** Calls `listener` for each job that begins to wait; returns the way to stop. */
  onRing(listener: (queue: QueueName) => void): () => void
  close(): Promise<void>
}

/** A doorbell that rings in this process. */
export function memoryDoorbell(): MemoryDoorbell {
  // Keys are `<queue> <subject key>`, with `calm ` before it; queue names hold no blank. Maps keep the order of rings.
  const waiting = new Map<string, { queue: QueueName; subject: Subject; calm: boolean }>()
  const active = new Map<string, { again: boolean }>()
  const listeners = new Set<(queue: QueueName) => void>()

  function put(key: string, queue: QueueName, subject: Subject, calm: boolean): void {
    waiting.set(key, { queue, subject, calm })
    for (const listener of listeners) listener(queue)
  }

  const bell: MemoryDoorbell = {
    broken: false,
    async ring(queue, subjects, { calm = false } = {}) {
      if (bell.broken) return false
      for (const subject of subjects) {
        const key = `${calm ? 'calm ' : ''}${queue} ${subjectKey(subject)}`
        const running = active.get(key)
        if (running) running.again = true
        else if (!waiting.has(key)) put(key, queue, subject, calm)
      }
      return true
    },
    next(queue) {
      const ofQueue = [...waiting].filter(([, entry]) => entry.queue === queue)
      const found = ofQueue.find(([, { calm }]) => !calm) ?? ofQueue[0]
      if (!found) return null
      const [key, { subject, calm }] = found
      const running = { again: false }
      waiting.delete(key)
      active.set(key, running)
      return {
        subject,
        key: subjectKey(subject),
        done() {
          if (active.get(key) !== running) return
          active.delete(key)
          if (running.again) put(key, queue, subject, calm)
        },
      }
    },
    waiting: (queue) =>
      [...waiting.values()].flatMap((entry) => (entry.queue === queue ? [entry.subject] : [])),
    flush() {
      waiting.clear()
      active.clear()
    },
    onRing(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {},
  }
  return bell
}

export interface MemoryNotices extends Notices {
  /** true: notices are lost. */
  broken: boolean
  onNotice(listener: (notice: Notice) => void): () => void
}

/** Notices that are heard in this process, at once. */
export function memoryNotices(): MemoryNotices {
  const listeners = new Set<(notice: Notice) => void>()
  const notices: MemoryNotices = {
    broken: false,
    async publish(published) {
      if (notices.broken) return
      for (const notice of published) for (const listener of listeners) listener(notice)
    },
    onNotice(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return notices
}
