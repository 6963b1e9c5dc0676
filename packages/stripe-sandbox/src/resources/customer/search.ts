/**
 * Owns the search of customers.
 * Promises: newest first; what was written within the lag is not seen yet, what was changed is seen as it was; `total_count` only when
 * asked for by `expand`.
 */
import type { Expansion } from '../../http/expand.ts'
import { pageLimit } from '../../http/list-page.ts'
import { badRequest } from '../../http/stripe-error.ts'
import type { Call, Route } from '../../http/router.ts'
import type { JsonObject } from '../../json.ts'
import type { SpecParams } from '../../params/from-spec.ts'
import { text, texts } from '../../params/read.ts'
import { customers, type Customer } from './customer-object.ts'
import { parseQuery } from './search-query.ts'
import { unseenWrites } from './search-lag.ts'

/** `GET /v1/customers/search`. */
export function customerSearchRoutes(spec: SpecParams): Route[] {
  return [{ method: 'GET', path: '/v1/customers/search', params: spec('GetCustomersSearch'), run: search }]
}

function search({ core, realm, params }: Call): JsonObject {
  const fields = core.settings.search_fields.split(',').map((field) => field.trim())
  const wanted = parseQuery(text(params, 'query') ?? '', fields)
  const unseen = unseenWrites(core, realm)
  const table = realm.table(customers)
  const found: Customer[] = []
  for (const customer of table.newestFirst()) {
    const seen = unseen.has(customer.id) ? unseen.get(customer.id) : customer
    if (seen && wanted(seen)) found.push(seen)
  }
  const deleted = [...unseen].flatMap(([id, seen]) =>
    seen && table.row(id)?.deleted && wanted(seen) ? [seen] : [],
  )
  if (deleted.length > 0) {
    const place = ({ id }: Customer) => table.row(id)?.position ?? 0
    found.push(...deleted)
    found.sort((one, other) => place(other) - place(one))
  }
  const skip = readPage(text(params, 'page'))
  const limit = pageLimit(params)
  const next = skip + limit
  const more = found.length > next
  return {
    object: 'search_result',
    data: found.slice(skip, next),
    has_more: more,
    ...(texts(params, 'expand')?.includes('total_count') ? { total_count: found.length } : {}),
    next_page: more ? Buffer.from(`after:${next}`).toString('base64url') : null,
    url: '/v1/customers/search',
  }
}

/** What can be expanded on a search answer. */
export const searchExpanders: { readonly [path: string]: Expansion } = {
  total_count: {},
}

function readPage(page: string | null | undefined): number {
  if (!page) return 0
  const number = /^after:(\d{1,9})$/.exec(Buffer.from(page, 'base64url').toString('utf8'))?.[1]
  if (!number)
    throw badRequest('Invalid page: it must be the next_page of an earlier answer.', { param: 'page' })
  return Number(number)
}
