// Owns closed-loop load: a fixed number of connections, each sending its next request when it has its answer.
// What it measures is throughput. Latency under it says little: a server that stalls stalls its load as well.

import { Pool } from 'undici'
import { openRecorder, type Recording } from './recorder.ts'
import { type LoadAnswer, type LoadRequest, send } from './send.ts'

export interface Saturation {
  url: string
  connections: number
  /** After so many requests, or when so much time (ms) has passed. */
  ends: { total: number } | { afterMs: number }
  /** The request of this number, from 0 on. */
  request: (number: number) => LoadRequest
  /** Its answer. */
  answered?: (number: number, answer: LoadAnswer) => void
}

/** Resolves when all that was sent is answered. Rejects if any answer is not a 2xx. */
export async function saturate(load: Saturation): Promise<Recording> {
  const { ends } = load
  const pool = new Pool(load.url, { connections: load.connections, pipelining: 1 })
  try {
    const recorder = openRecorder()
    const began = performance.now()
    let sent = 0
    const over = () => ('total' in ends ? sent >= ends.total : performance.now() - began >= ends.afterMs)
    const connection = async () => {
      while (!over()) {
        const number = sent++
        const sentAt = performance.now()
        const answer = await send(pool, load.request(number))
        recorder.answered(performance.now() - sentAt)
        load.answered?.(number, answer)
      }
    }
    await Promise.all(Array.from({ length: load.connections }, connection))
    return recorder.over(performance.now() - began)
  } finally {
    await pool.destroy()
  }
}
