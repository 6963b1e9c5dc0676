// Owns every line that the gateway logs: names, levels and fields stand here and nowhere else.
// Promises: fields are chosen, never whole objects; no header, body, URL, e-mail, name or secret is logged; of an
// unforeseen error only its class and where it was thrown, since its message may quote data.

import { type Logger, pino } from 'pino'
import type { RequestLine } from './http/serve.ts'

export interface Log {
  started: (config: Record<string, unknown>) => void
  listening: (address: { host: string; port: number }) => void
  request: (event: { line: RequestLine; method: string; status: number; seconds: number }) => void
  unexpected: (requestId: string, error: unknown) => void
  doorbellLost: (lost: { queue: string; subjects: number }) => void
  storeAway: () => void
  stopping: (signal: string) => void
  stopped: (seconds: number) => void
}

/** Standard output, written beside the work instead of in it: a line each request would cost a tenth of the intake. */
export function openLogger(level: string): Logger {
  return pino({ base: { app: 'gateway', pid: process.pid }, level }, pino.destination({ fd: 1, sync: false }))
}

/** Each event as one line of JSON. */
export function gatewayLog(logger: Logger): Log {
  return {
    started: (config) => logger.info({ event: 'gateway.started', config }),
    listening: ({ host, port }) => logger.info({ event: 'gateway.listening', host, port }),
    request: ({ line, method, status, seconds }) => {
      const { requestId, ...fields } = line
      const level = status >= 500 ? 'error' : 'info'
      logger[level]({
        event: 'request',
        request_id: requestId,
        method,
        status,
        duration_seconds: rounded(seconds),
        ...fields,
      })
    },
    unexpected: (requestId, error) =>
      logger.error({ event: 'request.unexpected_error', request_id: requestId, ...errorFields(error) }),
    doorbellLost: ({ queue, subjects }) => logger.warn({ event: 'doorbell.lost', queue, subjects }),
    storeAway: () => logger.warn({ event: 'store.away' }),
    stopping: (signal) => logger.info({ event: 'gateway.stopping', signal }),
    stopped: (seconds) => logger.info({ event: 'gateway.stopped', duration_seconds: rounded(seconds) }),
  }
}

/** Class, code and stack frames. The message only of errors that say they are bugs: those are our own words. */
function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error }
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return {
    error: error.name,
    ...('code' in error && typeof error.code === 'string' ? { error_code: error.code } : {}),
    ...(error.message.startsWith('bug:') ? { message: error.message } : {}),
    at: frames.slice(0, 6).map((line) => line.trim()), // Six frames reach from a driver back into our own files.
  }
}

/** Microseconds are enough, and keep the lines short. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6
}
