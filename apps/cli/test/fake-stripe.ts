// Owns a Stripe that only answers reads of customers and of the account, for the tests of the comparison.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import type { StripeAnswer, StripeHttp } from '@lockstep/domain/stripe/stripe-http'
import { desiredTree } from '@lockstep/domain/sync/canonical'

/** A customer as Stripe's API shows it, reduced to what the tests set. */
export interface FakeCustomer {
  id: string
  /** Seconds; by default each is made a second after the one before. */
  created?: number
  name?: string | null
  email?: string | null
  address?: Record<string, string | null> | null
  metadata: Record<string, string>
}

export interface FakeStripe extends StripeHttp {
  living: Map<string, FakeCustomer>
  deleted: Set<string>
  /** Answers that come first, instead of the real ones. */
  trouble: StripeAnswer[]
  calls: string[]
}

const ok = (body: unknown): StripeAnswer => ({ kind: 'ok', body, replayed: false, requestId: null })

/** An empty account with pages of two customers, so that paging is always exercised. */
export function fakeStripe(account = 'acct_1'): FakeStripe {
  const stripe: FakeStripe = {
    living: new Map(),
    deleted: new Set(),
    trouble: [],
    calls: [],
    async call({ method, path }) {
      stripe.calls.push(`${method} ${path}`)
      const trouble = stripe.trouble.shift()
      if (trouble) return trouble
      if (path === '/v1/account') return ok({ id: account })
      const url = new URL(path, 'http://stripe')
      const id = /^\/v1\/customers\/(.+)$/.exec(url.pathname)?.[1]
      if (id === undefined) return ok(page(url.searchParams.get('starting_after')))
      if (stripe.deleted.has(id)) return ok({ id, object: 'customer', deleted: true })
      const found = stripe.living.get(id)
      return found
        ? ok(shown(found))
        : { kind: 'refused', status: 404, code: 'resource_missing', param: 'id', requestId: null }
    },
  }
  const page = (after: string | null) => {
    // Newest first, as Stripe lists them.
    const all = [...stripe.living.values()].toReversed()
    const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1
    return { object: 'list', data: all.slice(from, from + 2).map(shown), has_more: all.length > from + 2 }
  }
  return stripe
}

function shown(customer: FakeCustomer) {
  return { object: 'customer', livemode: false, created: createdOf(customer.id), ...customer }
}

/** `cus_7` was made in second 7; another name in the second 1000. */
export function createdOf(id: string): number {
  return Number(/^cus_(\d+)$/.exec(id)?.[1] ?? 1000)
}

/** What Stripe shows of a customer that is in step with ours. */
export function mirrored(doc: CustomerDocument, id: string): FakeCustomer {
  const tree = desiredTree(doc)
  const text = (leaf: string) => {
    const value = tree.get(leaf)
    return typeof value === 'string' ? value : null
  }
  const metadata = [...tree].filter(([leaf]) => leaf.startsWith('metadata.'))
  return {
    id,
    name: text('name'),
    email: text('email'),
    metadata: Object.fromEntries(
      metadata.map(([leaf, value]) => [
        leaf.slice('metadata.'.length),
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
  }
}
