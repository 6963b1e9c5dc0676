// Owns a program on the client as its users write it: bundled by a test, and run wherever JavaScript runs.

import { lockstep, NotFoundError, unwrap } from '@lockstep/client'

export interface Given {
  url: string
  apiKey: string
  delivery: { body: string; headers: Record<string, string>; secret: string }
}

/** Writes, reads, pages, meets a refusal and proves a delivery; answers what it saw. */
export async function runClient({ url, apiKey, delivery }: Given) {
  const api = lockstep({ url, apiKey })
  for (let n = 0; n < 3; n++) await api.customers.create({ key: `k${n}` })
  const made = await api.customers.getByKey('k1')
  const changed = await api.customers.update(made.id, { name: 'Ada' }, { ifMatch: made.version })
  const keys: string[] = []
  for await (const { key } of api.customers.list({ limit: 2 })) keys.push(key)
  const refused: unknown = await Promise.resolve(api.customers.getByKey('nobody')).catch(
    (error: unknown) => error,
  )
  const { event } = await unwrap(delivery.body, delivery.headers, delivery.secret)
  return {
    name: changed.name,
    version: changed.version,
    keys,
    refused: refused instanceof NotFoundError ? refused.code : String(refused),
    event: event.type,
  }
}
