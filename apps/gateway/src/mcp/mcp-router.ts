// Owns `/mcp`: the Model Context Protocol over streamable HTTP, for callers with an API key.
// Promises: no session and no state: each request is on its own, so any gateway may answer it; what a tool asks for
// goes through the routes of the API, with the rights of the key.

import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import express, { type Router } from 'express'
import { type ApiKeys, authenticate } from '../http/authenticate.ts'
import type { CallRoute, PartOf } from '../http/call-route.ts'
import { asLockstepError, problemAnswer } from '../http/problem.ts'
import { readBody } from '../http/read-body.ts'
import type { ApiRoute, Route } from '../http/route.ts'
import { lineOf } from '../http/serve.ts'
import { type CallApi, mcpServer } from './tools.ts'

export interface McpDeps {
  keys: ApiKeys
  routes: readonly Route[]
  call: CallRoute
}

/** Everything at `/mcp`. */
export function mcpRouter({ keys, routes, call }: McpDeps): Router {
  const router = express.Router({ caseSensitive: true })
  const byPlace = new Map(
    routes.flatMap((route) =>
      isOfCustomers(route) ? [[`${route.method} ${route.path}`, route] as const] : [],
    ),
  )
  router.all('/', async (req, res) => {
    const line = lineOf(res)
    line.route = '/mcp'
    try {
      // Without sessions there is no stream to open and nothing to end.
      if (req.method !== 'POST') throw new LockstepError('method_not_allowed')
      const key = await authenticate(keys, req.headers.authorization, 'customers')
      line.tenant = key.tenant_id
      line.key_id = key.key_id
      const body = await readBody('json', req, res)
      const gone = new AbortController()
      const caller = { tenantId: key.tenant_id, keyId: key.key_id, scopes: key.scopes }
      const whole = { caller, requestId: line.requestId, signal: gone.signal }
      const server = mcpServer(apiOf(byPlace, call, whole))
      const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
      res.once('close', () => {
        if (!res.writableFinished) gone.abort()
        void server.close()
      })
      await server.connect(transport)
      await transport.handleRequest(req, res, body)
    } catch (error) {
      const known = asLockstepError(error)
      if (known.kind === 'bug') throw error
      line.code = known.code
      const { status, headers, body } = problemAnswer(known, line.requestId)
      res
        .status(status)
        .set({ ...headers, ...(status === 405 && { Allow: 'POST' }) })
        .json(body)
    }
  })
  return router
}

function isOfCustomers(route: Route): route is ApiRoute {
  return route.scope === 'customers'
}

function apiOf(byPlace: ReadonlyMap<string, ApiRoute>, call: CallRoute, whole: PartOf): CallApi {
  return (method, path, part) => {
    const route = byPlace.get(`${method} ${path}`)
    return route ? call(route, part, whole) : null
  }
}
