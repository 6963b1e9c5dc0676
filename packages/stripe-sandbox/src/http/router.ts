/**
 * Owns the way from verb and path to a route.
 * Promises: a fixed word wins over an id in the same place (`/v1/customers/search` is not a customer); a route is found in time that does
 * not grow with the number of routes; a path of Stripe's that is not simulated is not taken for an object of that id.
 */
import type { Core } from '../core.ts'
import type { Origin } from '../events/emit.ts'
import type { JsonObject } from '../json.ts'
import type { ObjectParam, Params } from '../params/param.ts'
import type { Realm } from '../state/store.ts'

/** What a route gets. */
export type Call = {
  readonly core: Core
  readonly realm: Realm
  /** Ids from the path, by their name in the template. */
  readonly ids: Readonly<Record<string, string>>
  readonly params: Params
  readonly origin: Origin
}

/** One verb on one path template. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly params: ObjectParam
  /** Validation before execution: its errors are not kept for the idempotency key. */
  readonly check?: (params: Params, core: Core) => void
  /** An error that `run` throws is an answer like any other: what was done before it stays (a declined payment is recorded). */
  readonly keepsErrors?: boolean
  /** Executes and answers. Runs inside a unit of work; whatever it throws undoes it. */
  readonly run: (call: Call) => JsonObject
}

/** A route and the ids found in the path. */
export type Match = { readonly route: Route; readonly ids: Readonly<Record<string, string>> }

/** Finds routes. */
export type Router = {
  match(method: string, path: string): Match | undefined
  routes(): readonly Route[]
}

/** Paths of Stripe that end in a word where an id could stand. */
const notHere = new Set([
  '/v1/charges/search',
  '/v1/invoices/create_preview',
  '/v1/invoices/search',
  '/v1/payment_intents/search',
  '/v1/prices/search',
  '/v1/products/search',
  '/v1/subscriptions/search',
])

type Node = {
  words: Map<string, Node>
  id: Node | undefined
  routes: Map<string, { route: Route; names: string[] }>
}

/** Builds the tree of routes. */
export function createRouter(routes: readonly Route[]): Router {
  const root = newNode()
  for (const route of routes) {
    const names: string[] = []
    let node = root
    for (const part of route.path.split('/').slice(1)) {
      const name = /^\{(\w+)\}$/.exec(part)?.[1]
      if (name) {
        names.push(name)
        node.id ??= newNode()
        node = node.id
      } else {
        const next = node.words.get(part) ?? newNode()
        node.words.set(part, next)
        node = next
      }
    }
    if (node.routes.has(route.method)) throw new Error(`bug: two routes for ${route.method} ${route.path}`)
    node.routes.set(route.method, { route, names })
  }
  return {
    routes: () => routes,
    match(method, path) {
      if (notHere.has(path)) return undefined
      const found: string[] = []
      let node: Node | undefined = root
      for (const part of path.split('/').slice(1)) {
        const word: Node | undefined = node.words.get(part)
        if (!word) found.push(part)
        node = word ?? (part === '' ? undefined : node.id)
        if (!node) return undefined
      }
      const hit = node.routes.get(method)
      if (!hit) return undefined
      const ids: Record<string, string> = {}
      for (const [index, name] of hit.names.entries()) ids[name] = decodeId(found[index] ?? '')
      return { route: hit.route, ids }
    },
  }
}

function newNode(): Node {
  return { words: new Map(), id: undefined, routes: new Map() }
}

/** An id that is not properly encoded names nothing; it is looked up as it came. */
function decodeId(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
