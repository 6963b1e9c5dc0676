/**
 * Owns list answers and the not-found error of the v2 API.
 * Promises: newest first; pages follow each other by the addresses that an answer gives.
 */
import type { JsonObject } from '../json.ts'
import type { Params } from '../params/param.ts'
import { integer, text } from '../params/read.ts'
import { badRequest, StripeError } from './stripe-error.ts'

const limitDefault = 20
const limitMax = 100

/** One page; `show` renders an item. */
export function v2Page<T>(
  all: readonly T[],
  params: Params,
  path: string,
  show: (one: T) => JsonObject,
): JsonObject {
  const limit = Math.min(Math.max(integer(params, 'limit') ?? limitDefault, 1), limitMax)
  const token = text(params, 'page')
  const start = token ? Number(/^page_(\d{1,9})$/.exec(token)?.[1] ?? Number.NaN) : 0
  if (Number.isNaN(start)) throw badRequest('Invalid page token.', { param: 'page' })
  const link = (from: number) => `${path}?limit=${limit}&page=page_${from}`
  return {
    data: all.slice(start, start + limit).map(show),
    next_page_url: start + limit < all.length ? link(start + limit) : null,
    previous_page_url: start > 0 ? link(Math.max(0, start - limit)) : null,
  }
}

/** 404 of an object that the path names. */
export function v2Missing(kind: string, id: string): StripeError {
  return new StripeError(404, { code: 'not_found', message: `${kind} not found: ${id}` })
}
