// Owns a Stripe that answers creates by itself, for populations too large to be made over HTTP. What it answers is what the
// sandbox would: the fields of the form under a new id.

import type { StripeHttp } from '@lockstep/domain/stripe/stripe-http'

/** Answers nothing but creates of customers. `made`: those that another one made in the same database before. */
export function inventedStripe(made = 0): StripeHttp {
  let next = made
  const created = Math.floor(Date.now() / 1_000)
  return {
    async call({ endpoint, form = [] }) {
      if (endpoint !== 'POST /v1/customers') throw new Error(`this Stripe knows no ${endpoint}`)
      const address: Record<string, string> = {}
      const metadata: Record<string, string> = {}
      const plain: Record<string, string> = {}
      for (const [name, value] of form) {
        const [, outer = '', inner] = /^(\w+)(?:\[(\w+)\])?$/.exec(name) ?? []
        if (inner === undefined) plain[outer] = value
        else if (outer === 'metadata') metadata[inner] = value
        else address[inner] = value
      }
      const id = `cus_bench${String(next++).padStart(9, '0')}`
      const body = {
        id,
        object: 'customer',
        livemode: false,
        created,
        balance: 0,
        ...plain,
        address,
        metadata,
      }
      return { kind: 'ok', body, replayed: false, requestId: null }
    },
  }
}
