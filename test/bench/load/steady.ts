// Owns open-loop load: so many requests a second, whatever becomes of the earlier ones.
// Promises: each request has its moment, fixed beforehand, and its latency counts from that moment. A server that stalls
// is not spared (nothing waits for it before the next is due), so no correction for coordinated omission is needed; and
// whatever the load itself is late is counted against the server, never for it.

import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'undici'
import { openRecorder, type Recorder, type Recording } from './recorder.ts'
import { type LoadAnswer, type LoadRequest, send } from './send.ts'

export interface SteadyLoad {
  url: string
  perSecond: number
  ms: number
  /** The request of this number, from 0 on. */
  request: (number: number) => LoadRequest
  /** Its answer. */
  answered?: (number: number, answer: LoadAnswer) => void
}

export interface SteadyRecording extends Recording {
  /** How late the load sent 99 of 100 of its requests, at most (ms): a share of each latency that is not the server's. */
  lateMs: number
}

/** Requests that are due are looked for so often (ms): the finest that a timer gives. */
const tickMs = 1
/** Sockets: an open load must not wait in line behind a server that hangs. Opened as they are needed. */
const connectionsMax = 1_024

/** Resolves when all of it is answered. Rejects if any answer is not a 2xx. */
export async function steadily(load: SteadyLoad): Promise<SteadyRecording> {
  const pool = new Pool(load.url, { connections: connectionsMax, pipelining: 1 })
  try {
    const recorder = openRecorder()
    const lateness = openRecorder()
    const answers = await arrivals(load, pool, recorder, lateness)
    await Promise.all(answers)
    return { ...recorder.over(load.ms), lateMs: lateness.over(load.ms).percentile(99) }
  } finally {
    await pool.destroy()
  }
}

/** Sends each request when it is due; resolves when the last one was sent. */
async function arrivals(
  { perSecond, ms, request, answered }: SteadyLoad,
  pool: Pool,
  recorder: Recorder,
  lateness: Recorder,
): Promise<Promise<void>[]> {
  const total = Math.round((perSecond * ms) / 1_000)
  const answers: Promise<void>[] = []
  const failed = new AbortController()
  const began = performance.now()
  while (answers.length < total) {
    failed.signal.throwIfAborted()
    const due = ((performance.now() - began) / 1_000) * perSecond
    while (answers.length < Math.min(due, total)) {
      const number = answers.length
      const dueAt = began + (number / perSecond) * 1_000
      lateness.answered(performance.now() - dueAt)
      const answer = send(pool, request(number)).then((got) => {
        recorder.answered(performance.now() - dueAt)
        answered?.(number, got)
      })
      // The first failure ends the load; whoever awaits the answers is told of it.
      answer.catch((error: unknown) => failed.abort(error))
      answers.push(answer)
    }
    await pause(tickMs)
  }
  return answers
}
