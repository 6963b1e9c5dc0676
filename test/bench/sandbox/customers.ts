// Owns the requests of the sandbox's benchmark, and the count of what they made.

import { z } from 'zod'
import type { LoadRequest } from '../load/send.ts'

const headers = {
  authorization: 'Bearer sk_test_bench',
  'content-type': 'application/x-www-form-urlencoded',
}

/** A create of an ordinary customer under this key. */
export function createRequest(name: string, key: string): LoadRequest {
  return {
    method: 'POST',
    path: '/v1/customers',
    headers: { ...headers, 'idempotency-key': key },
    body: `name=Customer+${name}&email=${name}%40example.com&metadata[plan]=pro&address[city]=Berlin&address[country]=DE`,
  }
}

export function retrieveRequest(id: string): LoadRequest {
  return { method: 'GET', path: `/v1/customers/${id}`, headers }
}

const page = z.object({ data: z.array(z.object({ id: z.string() })), has_more: z.boolean() })

/** Ids of the sandbox's customers, newest first, at most `limit` of them. */
export async function customerIds(url: string, limit = Number.POSITIVE_INFINITY): Promise<string[]> {
  const ids: string[] = []
  for (let cursor = ''; ; cursor = `&starting_after=${ids.at(-1)}`) {
    const response = await fetch(`${url}/v1/customers?limit=100${cursor}`, { headers })
    const { data, has_more } = page.parse(await response.json())
    ids.push(...data.map(({ id }) => id))
    if (!has_more || ids.length >= limit) return ids
  }
}
