// Owns the API writes of a load: half of them create a customer, half change one that is there, each under an Idempotency-Key of
// its own and none waiting for more than its acknowledgement.

import { randomBytes } from 'node:crypto'
import { apiKeyId } from '../../support/members.ts'
import type { ProvenLoad } from '../load/proven.ts'
import type { LoadRequest } from '../load/send.ts'
import type { BenchStack } from '../stack/bench-stack.ts'
import { proveStoredOnce } from '../stack/stored-once.ts'

/** Writes to these customers in turn, and as many creates; looked for in the stack's database. */
export function writeLoad({ mongoUrl, apiKey }: BenchStack, ids: readonly string[]): ProvenLoad {
  const name = randomBytes(4).toString('hex')
  const acknowledged = new Map<string, string>()
  return {
    request: writes({ name, apiKey, ids }),
    answered(number, { location }) {
      // Asynchronous answers name their operation there.
      acknowledged.set(`${name}-${number}`, location?.split('/').at(-1) ?? '')
    },
    prove: () =>
      proveStoredOnce(mongoUrl, acknowledged, async function* ({ operations }) {
        const found = operations.find(
          {
            tenant_id: 'default',
            api_key_id: apiKeyId,
            // Digits follow the name, and `~` is behind them all.
            idempotency_key: { $gte: `${name}-`, $lt: `${name}-~` },
          },
          { projection: { idempotency_key: 1 } },
        )
        for await (const { _id: id, idempotency_key: key = '' } of found) yield { name: key, id }
      }),
  }
}

function writes(load: {
  name: string
  apiKey: string
  ids: readonly string[]
}): (number: number) => LoadRequest {
  const headers = {
    authorization: `Bearer ${load.apiKey}`,
    'content-type': 'application/json',
    prefer: 'respond-async',
  }
  return (number) => {
    const key = `${load.name}-${number}`
    const creates = number % 2 === 0
    const id = load.ids[((number - 1) / 2) % load.ids.length] ?? ''
    return {
      method: creates ? 'POST' : 'PATCH',
      path: creates ? '/v1/customers' : `/v1/customers/${id}`,
      headers: { ...headers, 'idempotency-key': key },
      body: JSON.stringify(creates ? newCustomer(key) : { description: `Changed by ${key}` }),
    }
  }
}

/** As callers fill it in on a registration. */
function newCustomer(key: string): object {
  return {
    key,
    name: `Customer ${key}`,
    email: `${key}@example.com`,
    billing_address: { line1: '1 Main Street', city: 'Berlin', postal_code: '10115', country: 'DE' },
    metadata: { plan: 'pro' },
  }
}
