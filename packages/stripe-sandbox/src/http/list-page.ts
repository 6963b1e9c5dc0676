/**
 * Owns list answers: cursors, limit, order, `has_more`.
 * Promises: newest first by the order of creation, also within one second; `limit` is clamped to 1–100 without an error; the id of a
 * deleted object still works as a cursor.
 */
import type { JsonObject } from '../json.ts'
import type { Params } from '../params/param.ts'
import { hash, integer, text } from '../params/read.ts'
import type { Stored, Table } from '../state/table.ts'
import { badRequest, missingResource } from './stripe-error.ts'

const limitDefault = 10
const limitMax = 100

/** How many items a page may hold: `limit`, or what Stripe makes of one out of its range, without a word. */
export function pageLimit(params: Params): number {
  return Math.min(Math.max(integer(params, 'limit') ?? limitDefault, 1), limitMax)
}

/** 400 for a page that is asked for from both ends. */
export function bothCursors() {
  return badRequest('Received both starting_after and ending_before parameters. Please pass in only one.')
}

/** One page of a table. `kind` names the object in the error of an unknown cursor. */
export function listPage<T extends Stored>(options: {
  readonly table: Table<T>
  readonly params: Params
  readonly url: string
  readonly kind: string
  /** Only what belongs to this (see TableKey.groupOf). */
  readonly group?: string
  readonly where?: (value: T) => boolean
  /** The order of creation instead of the newest first. */
  readonly oldestFirst?: boolean
  readonly render?: (value: T) => JsonObject
}): JsonObject {
  const { table, params, url, kind, group, where = () => true, oldestFirst = false } = options
  const { render = (value: T) => value } = options
  const after = text(params, 'starting_after')
  const before = text(params, 'ending_before')
  // Recorded: a cursor that is not there is told of before the two of them.
  const above = after ? positionOf(table, after, kind, 'starting_after') : undefined
  const below = before ? positionOf(table, before, kind, 'ending_before') : undefined
  if (after && before) throw bothCursors()
  const position = above ?? below
  const limit = pageLimit(params)
  const found: T[] = []
  const rows =
    Boolean(before) === oldestFirst ? table.newestFirst(position, group) : table.oldestFirst(position, group)
  for (const value of rows) {
    if (!where(value)) continue
    found.push(value)
    if (found.length > limit) break
  }
  const page = found.slice(0, limit)
  if (before) page.reverse()
  return { object: 'list', data: page.map(render), has_more: found.length > limit, url }
}

function positionOf<T extends Stored>(table: Table<T>, id: string, kind: string, param: string): number {
  const row = table.row(id)
  if (!row) throw missingResource(kind, id, param)
  return row.position
}

/** A test of `created` by the `created` parameter: one second, or a range. */
export function createdFilter(params: Params, name = 'created'): (created: number) => boolean {
  const exact = params[name]
  if (typeof exact === 'number') return (created) => created === exact
  const range = hash(params, name)
  if (!range) return () => true
  const gt = integer(range, 'gt') ?? -Infinity
  const gte = integer(range, 'gte') ?? -Infinity
  const lt = integer(range, 'lt') ?? Infinity
  const lte = integer(range, 'lte') ?? Infinity
  return (created) => created > gt && created >= gte && created < lt && created <= lte
}

/** A list inside another object, answered whole. */
export function wholeList(data: readonly JsonObject[], url: string): JsonObject {
  return { object: 'list', data, has_more: false, url }
}
