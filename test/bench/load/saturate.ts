// Owns closed-loop load: a fixed number of connections, each sending its next request when it has its answer.
// What it measures is throughput. Latency under it says little: a server that stalls stalls its load as well.

import { Pool } from 'undici'

export interface LoadRequest {
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body?: string
}

export interface Saturation {
  url: string
  connections: number
  /** Requests in all. */
  total: number
  /** The request of this number, from 0 on. */
  request: (number: number) => LoadRequest
}

/** Answers per second over the whole run. Rejects if any answer is not a 2xx: what fails fast must not count as fast. */
export async function saturate({ url, connections, total, request }: Saturation): Promise<number> {
  const pool = new Pool(url, { connections, pipelining: 1 })
  try {
    const began = performance.now()
    await new Promise<void>((done, failed) => {
      let sent = 0
      let answered = 0
      const next = () => {
        if (sent === total) return
        const { method, path, headers, body = null } = request(sent++)
        pool.dispatch(
          { method, path, headers, body },
          {
            onRequestStart: () => undefined,
            onResponseStart(_controller, status) {
              if (status < 200 || status > 299) failed(new Error(`${method} ${path} was answered ${status}`))
            },
            onResponseData: () => undefined,
            onResponseEnd() {
              if (++answered === total) done()
              else next()
            },
            onResponseError: (_controller, error) => failed(error),
          },
        )
      }
      for (let each = 0; each < connections; each++) next()
    })
    return (total / (performance.now() - began)) * 1000
  } finally {
    await pool.destroy()
  }
}
