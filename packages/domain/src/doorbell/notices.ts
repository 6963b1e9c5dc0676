// Owns the notices of outcomes over Redis' publish and subscribe.
// Promises: best effort on both sides; nobody waits for Redis, nobody throws, and after an outage the subscription is
// there again. Ids pass here, no values.

import type { RedisClient } from './redis.ts'
import { type Notice, noticeKinds, type Notices } from './doorbell.ts'

/** Channels are common to all databases of one Redis. */
const defaultChannel = 'lockstep:notices'

export interface NoticeOptions {
  redis: RedisClient
  /** Default: one for all. */
  channel?: string
}

/** The publishing side; `redis` of purpose `producer`. */
export function openNotices({ redis, channel = defaultChannel }: NoticeOptions): Notices {
  return {
    async publish(notices) {
      if (notices.length === 0 || redis.status !== 'ready') return
      await redis.publish(channel, JSON.stringify(notices)).catch(() => undefined)
    },
  }
}

export interface NoticeSubscriber {
  /** Calls `listener` for every notice from now on; returns the way to stop. */
  onNotice(listener: (notice: Notice) => void): () => void
  /** Resolves when the subscription stands for the first time: what is published then is heard. */
  ready: Promise<void>
  /** Hears no more. Whoever opened the client ends it. */
  close(): Promise<void>
}

/** The listening side; `redis` of purpose `subscriber`, used for nothing else. */
export function openNoticeSubscriber({ redis, channel = defaultChannel }: NoticeOptions): NoticeSubscriber {
  const listeners = new Set<(notice: Notice) => void>()
  const hear = (from: string, text: string) => {
    if (from !== channel) return
    for (const notice of noticesOf(text)) for (const listener of listeners) listener(notice)
  }
  redis.on('message', hear)
  // Sent once connected, and again by the client itself after every lost connection.
  const ready = redis.subscribe(channel).then(() => undefined)
  // It only fails where the client was ended before it ever connected.
  ready.catch(() => undefined)
  return {
    ready,
    onNotice(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      listeners.clear()
      redis.off('message', hear)
      if (redis.status === 'ready') await redis.unsubscribe(channel).catch(() => undefined)
    },
  }
}

/** The notices of one message; none where the text is not ours. */
function noticesOf(text: string): Notice[] {
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) ? parsed.filter(isNotice) : []
  } catch {
    return []
  }
}

function isNotice(value: unknown): value is Notice {
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('id' in value)) return false
  return noticeKinds.some((kind) => kind === value.kind) && typeof value.id === 'string'
}
