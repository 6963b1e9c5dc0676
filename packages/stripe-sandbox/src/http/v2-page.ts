/**
 * Owns list answers and the not-found error of the v2 API.
 * Promises: newest first; the address of a neighbouring page goes on from the object where this one ends, so that nothing is skipped or
 * repeated while others create and delete, and it keeps the filters of the request.
 */
import type { JsonObject } from '../json.ts'
import type { Params, ParamValue } from '../params/param.ts'
import { integer, text } from '../params/read.ts'
import type { Stored, Table } from '../state/table.ts'
import { badRequest, StripeError } from './stripe-error.ts'

const limitDefault = 20
const limitMax = 100

/** One page of `all`, which is what the request asks for, newest first; `show` renders an item. */
export function v2Page<T extends Stored>(options: {
  readonly table: Table<T>
  readonly all: readonly T[]
  readonly params: Params
  readonly path: string
  readonly show: (one: T) => JsonObject
}): JsonObject {
  const { table, all, params, path, show } = options
  const limit = Math.min(Math.max(integer(params, 'limit') ?? limitDefault, 1), limitMax)
  const from = readToken(text(params, 'page'))
  const place = ({ id }: T) => table.row(id)?.position ?? 0
  const above = (position: number) => all.filter((one) => place(one) > position)
  const below = (position: number) => all.filter((one) => place(one) < position)
  const data = !from
    ? all.slice(0, limit)
    : from.side === 'above'
      ? above(from.position).slice(-limit)
      : below(from.position).slice(0, limit)
  const [first, last] = [data[0], data.at(-1)]
  // Beside an empty page stands the object where the page before it ended, if it is still there.
  const at = from?.position ?? 0
  const top = first ? place(first) : from?.side === 'below' ? at - 1 : at
  const bottom = last ? place(last) : from?.side === 'above' ? at + 1 : at
  const link = (side: string, position: number) =>
    `${path}?${[...filtersOf(params), `limit=${limit}`, `page=page_${side}_${position}`].join('&')}`
  return {
    data: data.map(show),
    next_page_url: below(bottom).length > 0 ? link('below', bottom) : null,
    previous_page_url: from && above(top).length > 0 ? link('above', top) : null,
  }
}

/** 404 of an object that the path names. */
export function v2Missing(kind: string, id: string): StripeError {
  return new StripeError(404, { code: 'not_found', message: `${kind} not found: ${id}` })
}

/** Where a page begins: below or above a place in the order of creation. */
function readToken(token: string | null | undefined) {
  if (!token) return undefined
  const [, side, position] = /^page_(above|below)_(-?\d{1,15})$/.exec(token) ?? []
  if (side === undefined) throw badRequest('Invalid page token.', { param: 'page' })
  return { side, position: Number(position) }
}

function filtersOf(params: Params): string[] {
  return Object.entries(params).flatMap(([name, value]) =>
    name === 'limit' || name === 'page' || value === undefined ? [] : pairsOf(name, value),
  )
}

function pairsOf(name: string, value: ParamValue): string[] {
  if (typeof value !== 'object' || value === null)
    return [`${encodeURIComponent(name)}=${encodeURIComponent(value ?? '')}`]
  return Object.entries(value).flatMap(([inner, one]: [string, ParamValue | undefined]) =>
    one === undefined ? [] : pairsOf(`${name}[${inner}]`, one),
  )
}
