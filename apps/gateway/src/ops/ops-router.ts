// Owns the doors of `/ops`: sign-in, sign-out, the overview and the queues.
// Promises: nothing but the sign-in form and its style is shown without a live key that has the scope `operator`, by
// cookie or by `Authorization`; a key never stands in a URL; only sign-in and sign-out are anything but GET.

import { LockstepError } from '@lockstep/domain/error/catalogue'
import { StoreUnavailable } from '@lockstep/domain/store/store'
import express, { type Request, type RequestHandler, type Response, type Router } from 'express'
import { type ApiKeys, authenticate, keyHash } from '../http/authenticate.ts'
import { lineOf } from '../http/serve.ts'
import { type OverviewDeps, readOverview } from './overview.ts'
import { awayPage, overviewPage, signInPage } from './page.ts'
import { opsSessions, sessionCookie, sessionSeconds } from './session.ts'
import { opsStyle } from './style.ts'

export interface OpsDeps extends OverviewDeps {
  keys: ApiKeys
  /** What session cookies are sealed with. */
  secrets: readonly string[]
  /** The board of the queues; null where this process has none. */
  queueBoard: RequestHandler | null
}

/** Bytes: a form with one key. */
const formMaxBytes = 4 * 1024

/** bull-board brings styles of its own; everything else of it comes from here. */
const queueBoardPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"

/** Everything below `/ops`. */
export function opsRouter(deps: OpsDeps): Router {
  const router = express.Router({ caseSensitive: true })
  const sessions = opsSessions(deps.secrets)

  const isOperator = async (req: Request, res: Response): Promise<boolean> => {
    const sealed = cookieOf(req)
    const hash = sealed === null ? null : sessions.open(sealed, deps.now())
    const key = hash === null ? await byHeader(deps.keys, req) : await deps.keys.byHash(hash)
    if (!key?.scopes.includes('operator')) return false
    lineOf(res).key_id = key.key_id
    return true
  }

  /** Lets only operators through; everybody else gets the form. */
  const guard: RequestHandler = async (req, res, next) => {
    try {
      if (await isOperator(req, res)) next()
      else
        res.status(401).set('WWW-Authenticate', 'Bearer realm="lockstep"').type('html').send(signInPage(null))
    } catch (error) {
      away(error, res)
    }
  }

  router.use((req, res, next) => {
    lineOf(res).route = req.path.startsWith('/queues')
      ? '/ops/queues/*'
      : `/ops${knownPaths.has(req.path) ? req.path : '/*'}`
    next()
  })
  router.get('/style.css', (_req, res) => {
    res.type('css').set('Cache-Control', 'public, max-age=300').send(opsStyle)
  })
  router.post('/sign-in', express.urlencoded({ extended: false, limit: formMaxBytes }), async (req, res) => {
    refuseForeign(req)
    const given: unknown = req.body?.key
    const hash = typeof given === 'string' ? keyHash(given.trim()) : ''
    try {
      const key = await deps.keys.byHash(hash)
      if (!key?.scopes.includes('operator')) {
        res.status(401).type('html').send(signInPage('This is not a live operator key.'))
        return
      }
      res.cookie(sessionCookie, sessions.seal(hash, deps.now()), {
        ...cookieOptions(req),
        maxAge: sessionSeconds * 1000,
      })
      res.redirect(303, '/ops')
    } catch (error) {
      away(error, res)
    }
  })
  router.post('/sign-out', (req, res) => {
    refuseForeign(req)
    res.clearCookie(sessionCookie, cookieOptions(req)).redirect(303, '/ops')
  })
  router.get('/', guard, async (_req, res) => {
    try {
      res.type('html').send(overviewPage(await readOverview(deps)))
    } catch (error) {
      away(error, res)
    }
  })
  router.use('/queues', guard, onlyLooking, (req, res, next) => {
    if (!deps.queueBoard || !deps.redisUp()) {
      res
        .status(503)
        .set('Retry-After', '2')
        .type('text')
        .send('Redis is away: the queues cannot be shown now.\n')
      return
    }
    res.set('Content-Security-Policy', queueBoardPolicy)
    deps.queueBoard(req, res, next)
  })
  return router
}

const knownPaths = new Set(['/', '/style.css', '/sign-in', '/sign-out'])

const onlyLooking: RequestHandler = (req, res, next) => {
  if (req.method === 'GET' || req.method === 'HEAD') return next()
  res.set('Allow', 'GET, HEAD')
  throw new LockstepError('method_not_allowed')
}

/** Seconds until the page is worth another try. */
const awayRetryAfter = '5'

function away(error: unknown, res: Response): void {
  if (!(error instanceof StoreUnavailable)) throw error
  res.status(503).set('Retry-After', awayRetryAfter).type('html').send(awayPage())
}

/** A form that another site submits: browsers say so themselves, and send no cookie with SameSite=Strict. */
function refuseForeign(req: Request): void {
  const site = req.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new LockstepError('forbidden')
}

async function byHeader(keys: ApiKeys, req: Request) {
  const header = req.headers.authorization
  if (header === undefined) return null
  return await authenticate(keys, header, 'operator').catch((error: unknown) => {
    if (error instanceof LockstepError) return null
    throw error
  })
}

function cookieOf(req: Request): string | null {
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  const found = pairs.find((pair) => pair.startsWith(`${sessionCookie}=`))
  return found === undefined ? null : found.slice(sessionCookie.length + 1)
}

/** `Secure` where the person came by TLS; a plain local installation has none. */
function cookieOptions(req: Request) {
  return { httpOnly: true, sameSite: 'strict', path: '/ops', secure: req.secure } as const
}
