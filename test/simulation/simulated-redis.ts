// Owns what Redis holds in the simulation: bells and slots. It may forget both at once, and be away.

import { parseSubject, type QueueName, type Subject, subjectKey } from '@lockstep/domain/doorbell/doorbell'
import { memorySlots } from '@lockstep/domain/stripe/memory-slots'
import type { Slots } from '@lockstep/domain/stripe/slots'
import type { VirtualTime } from './virtual-time.ts'

export interface Bell {
  queue: QueueName
  subject: Subject
}

export interface SimulatedRedis {
  ring: (queue: QueueName, subjects: Subject[]) => Promise<boolean>
  slots: Slots
  /** How many bells wait. */
  waiting(): number
  bells(): readonly Bell[]
  /** Takes the bell at this place, whatever its age: BullMQ's workers are many. */
  take(at: number): Bell | null
  forget(): void
  away: boolean
}

/** ioredis names a lost connection so; the lanes know it by its words. */
class RedisAway extends Error {
  constructor() {
    super('Connection is closed.')
    this.name = 'MaxRetriesPerRequestError'
  }
}

export function simulatedRedis(time: VirtualTime): SimulatedRedis {
  const slots = memorySlots(time)
  let bells: string[] = []
  const redis: SimulatedRedis = {
    away: false,
    async ring(queue, subjects) {
      if (redis.away) return false
      for (const subject of subjects) {
        const bell = `${queue} ${subjectKey(subject)}`
        if (!bells.includes(bell)) bells.push(bell)
      }
      return true
    },
    slots: {
      async take(request) {
        if (redis.away) throw new RedisAway()
        return slots.take(request)
      },
      async give(request, used) {
        if (!redis.away) await slots.give(request, used)
      },
    },
    waiting: () => bells.length,
    bells: () => bells.flatMap((bell) => bellOf(bell) ?? []),
    take(at) {
      const [bell] = bells.splice(at, 1)
      return bell === undefined ? null : bellOf(bell)
    },
    forget() {
      bells = []
      slots.forget()
    },
  }
  return redis
}

function bellOf(bell: string): Bell | null {
  const [queue, key = ''] = bell.split(' ')
  const subject = parseSubject(key)
  // Only `ring` above puts bells in, and it takes nothing but queue names.
  return subject ? { queue: queue as QueueName, subject } : null
}
