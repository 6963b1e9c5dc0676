// Owns `/openapi.json`: the description of the routes beside it.
// Promises: one text for the life of the process, made when it is first asked for; its ETag is the text's hash.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { answersAs } from '../http/answer-shape.ts'
import { publicRoute, type Route } from '../http/route.ts'
import { describeApi } from './describe-api.ts'

/** Caches may keep it for five minutes (s), and ask by its ETag afterwards: it changes with a new version alone. */
const cacheControl = 'public, max-age=300'

/** The route, for the list that `all` gives, itself included. */
export function specRoute(all: () => readonly Route[]): Route {
  let kept: { body: string; etag: string } | null = null
  const spec = () => {
    if (kept) return kept
    const body = `${JSON.stringify(describeApi(all()), null, 2)}\n`
    kept = { body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` }
    return kept
  }
  return publicRoute({
    method: 'GET',
    path: '/openapi.json',
    name: 'get_api_description',
    does: 'Describes this API (OpenAPI 3.1).',
    group: 'this process',
    accepts: {
      headers: z.object({
        'If-None-Match': z.string().optional().meta({ description: 'The ETag that the caller holds.' }),
      }),
    },
    answers: {
      200: answersAs('application/json', 'This document.', z.looseObject({}), ['ETag', 'Cache-Control']),
      304: answersAs('application/json', 'It is what the caller holds.', null, ['ETag', 'Cache-Control']),
    },
    async handle({ headers }) {
      const { body, etag } = spec()
      const known = (headers['If-None-Match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
      const shared = { ETag: etag, 'Cache-Control': cacheControl }
      if (known.includes(etag) || known.includes('*')) return { status: 304, headers: shared }
      return { status: 200, headers: { ...shared, 'Content-Type': 'application/json; charset=utf-8' }, body }
    },
  })
}
