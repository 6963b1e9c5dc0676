// Owns the way of a request through express: id, key, body, handler, answer, one log line.
// Promises: every answer carries `Request-Id`; a known path with another verb is 405 with `Allow`; an unknown path
// is 404; each request is logged and measured once, by its route's template.

import { type ErrorCode, LockstepError } from '@lockstep/domain/error/catalogue'
import type { Express, Request, Response } from 'express'
import type { Log } from '../log-events.ts'
import type { Metrics } from '../metrics.ts'
import { type ApiKeys, authenticate } from './authenticate.ts'
import { asLockstepError, problemAnswer } from './problem.ts'
import { readBody } from './read-body.ts'
import { type Answer, bodyKindOf, type Incoming, type LineFields, type Route } from './route.ts'

export interface ServeDeps {
  keys: ApiKeys
  log: Log
  metrics: Metrics
  /** A new request id (UUID). */
  newId: () => string
  /** Milliseconds, monotonic. */
  elapsed: () => number
  draining: () => boolean
  /** Sees every answer of a route before it is sent: tests compare it with what the route declares. */
  answered?: (route: Route, answer: Answer) => void
}

/** What one request's log line is made of; lives in `res.locals`. */
export interface RequestLine extends LineFields {
  requestId: string
  route: string
  key_id?: string
  code?: ErrorCode
}

/** First in line: the id, the log line, and the hint to leave while the process drains. */
export function openRequest(deps: ServeDeps) {
  return (req: Request, res: Response, next: () => void): void => {
    const line: RequestLine = { requestId: deps.newId(), route: 'unknown' }
    const startedAt = deps.elapsed()
    res.locals.line = line
    res.setHeader('Request-Id', line.requestId)
    res.setHeader('Cache-Control', 'no-store')
    if (deps.draining()) res.setHeader('Connection', 'close')
    res.once('close', () => {
      const seconds = (deps.elapsed() - startedAt) / 1000
      const status = res.writableFinished ? res.statusCode : 499 // nginx's number for "the caller left".
      deps.metrics.request({ method: req.method, route: line.route, status, seconds })
      deps.log.request({ line, method: req.method, status, seconds })
    })
    next()
  }
}

/** Registers the routes; several methods of one path answer 405 for all others. */
export function serveRoutes(app: Express, routes: readonly Route[], deps: ServeDeps): void {
  const byPath = Map.groupBy(routes, (route) => route.path)
  for (const [path, methods] of byPath) {
    app.all(path, async (req, res) => {
      lineOf(res).route = path
      const route = methods.find(({ method }) => method === (req.method === 'HEAD' ? 'GET' : req.method))
      if (!route) return sendNoSuchMethod(res, methods)
      const answer = await answerOf(route, req, res, deps)
      deps.answered?.(route, answer)
      if (answer.stream && req.method !== 'HEAD')
        await sendStream(res, { ...answer, stream: answer.stream }, deps)
      else send(res, answer)
    })
  }
}

/** Last in line: whatever was not answered, and whatever was thrown. */
export function closeRequest(deps: ServeDeps) {
  return {
    unknown: (_req: Request, res: Response): void => sendError(res, new LockstepError('not_found'), deps),
    // Express knows an error handler by its four parameters.
    error: (error: unknown, _req: Request, res: Response, next: (error: unknown) => void): void => {
      if (res.headersSent) next(error)
      else sendError(res, error, deps)
    },
  }
}

/** The line of this request. */
export function lineOf(res: Response): RequestLine {
  return res.locals.line as RequestLine // openRequest put it there; express types locals as any.
}

async function answerOf(route: Route, req: Request, res: Response, deps: ServeDeps): Promise<Answer> {
  const gone = new AbortController()
  res.once('close', () => {
    if (!res.writableFinished) gone.abort()
  })
  const line = lineOf(res)
  const incoming: Omit<Incoming, 'body'> = {
    requestId: line.requestId,
    method: req.method,
    params: Object.fromEntries(Object.entries(req.params).map(([name, value]) => [name, String(value)])),
    query: req.query,
    header: (name) => {
      const value = req.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    signal: gone.signal,
    note: (fields) => void Object.assign(line, fields),
  }
  try {
    if (route.scope === null)
      return await route.handle({ ...incoming, body: await readBody(bodyKindOf(route), req, res) })
    const key = await authenticate(deps.keys, req.headers.authorization, route.scope)
    line.tenant = key.tenant_id
    line.key_id = key.key_id
    const caller = { tenantId: key.tenant_id, keyId: key.key_id, scopes: key.scopes }
    return await route.handle({ ...incoming, caller, body: await readBody(bodyKindOf(route), req, res) })
  } catch (error) {
    return errorAnswer(res, error, deps)
  }
}

function send(res: Response, answer: Answer): void {
  res.status(answer.status).set(answer.headers ?? {})
  if (answer.body === undefined) res.end()
  else if (typeof answer.body === 'string') res.send(answer.body)
  else res.json(answer.body)
}

/** Writes as the answer comes, and no faster than the caller reads. One that fails is cut off, and its line says why. */
async function sendStream(
  res: Response,
  { stream, ...head }: Answer & Required<Pick<Answer, 'stream'>>,
  deps: ServeDeps,
): Promise<void> {
  res.status(head.status).set(head.headers ?? {})
  res.flushHeaders()
  const write = async (text: string): Promise<boolean> => {
    if (res.destroyed) return false
    if (res.write(text)) return true
    return await new Promise((resolve) => {
      const drained = () => settle(true)
      const closed = () => settle(false)
      const settle = (lively: boolean) => {
        res.off('drain', drained).off('close', closed)
        resolve(lively)
      }
      res.once('drain', drained).once('close', closed)
    })
  }
  try {
    await stream({ write })
    res.end()
  } catch (error) {
    // Cut off, the answer is seen to be none; ended, it would pass for a whole one.
    errorAnswer(res, error, deps)
    res.destroy()
  }
}

function sendError(res: Response, error: unknown, deps: ServeDeps): void {
  send(res, errorAnswer(res, error, deps))
}

function errorAnswer(res: Response, error: unknown, deps: ServeDeps): Answer {
  const known = asLockstepError(error)
  const line = lineOf(res)
  line.code = known.code
  if (known.kind === 'bug') deps.log.unexpected(line.requestId, known.cause ?? known)
  return problemAnswer(known, line.requestId)
}

function sendNoSuchMethod(res: Response, methods: readonly Route[]): void {
  const allowed = methods.map(({ method }) => method)
  const answer = problemAnswer(new LockstepError('method_not_allowed'), lineOf(res).requestId)
  lineOf(res).code = 'method_not_allowed'
  const allow = [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : [])].join(', ')
  send(res, { ...answer, headers: { ...answer.headers, Allow: allow } })
}
