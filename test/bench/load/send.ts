// Owns one request of a load, and what becomes of it.

import type { Pool } from 'undici'

export interface LoadRequest {
  method: 'GET' | 'POST' | 'PATCH'
  path: string
  headers: Record<string, string>
  body?: string
}

/** What a load keeps of an answer; its body is read and dropped. */
export interface LoadAnswer {
  /** A 2xx. */
  status: number
  /** The header `location`, where there is one. */
  location: string | null
}

/** Resolves when the answer has ended. Rejects if it is not a 2xx: what fails fast must not count as fast. */
export function send(pool: Pool, { method, path, headers, body }: LoadRequest): Promise<LoadAnswer> {
  return new Promise((answered, failed) => {
    const answer: LoadAnswer = { status: 0, location: null }
    pool.dispatch(
      { method, path, headers, body: body ?? null },
      {
        onRequestStart: () => undefined,
        onResponseStart(_controller, status, received) {
          if (status < 200 || status > 299) failed(new Error(`${method} ${path} was answered ${status}`))
          const { location } = received
          answer.status = status
          answer.location = typeof location === 'string' ? location : null
        },
        onResponseData: () => undefined,
        onResponseEnd: () => answered(answer),
        onResponseError: (_controller, error) => failed(error),
      },
    )
  })
}
