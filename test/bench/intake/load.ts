// Owns the API writes of a load: changes of customers that are there, alone or with as many creates, each under an
// Idempotency-Key of its own and none waiting for more than its acknowledgement.

import { randomBytes } from 'node:crypto'
import { apiKeyId } from '../../support/members.ts'
import type { ProvenLoad } from '../load/proven.ts'
import type { LoadRequest } from '../load/send.ts'
import type { BenchStack } from '../stack/bench-stack.ts'
import { proveStoredOnce } from '../stack/stored-once.ts'

export interface WriteLoad extends ProvenLoad {
  /** Its Idempotency-Keys begin with it, and no other load's do. */
  name: string
}

export interface WriteLoadOptions {
  /** The customers that are changed, in turn. */
  ids: readonly string[]
  /** Whether every other write is a create. */
  creates: boolean
}

/** Writes, looked for in the stack's database. */
export function writeLoad({ mongoUrl, apiKey }: BenchStack, options: WriteLoadOptions): WriteLoad {
  const name = randomBytes(4).toString('hex')
  const acknowledged = new Map<string, string>()
  return {
    name,
    request: writes({ name, apiKey, ...options }),
    answered(number, { location }) {
      // Asynchronous answers name their operation there.
      acknowledged.set(`${name}-${number}`, location?.split('/').at(-1) ?? '')
    },
    prove: () =>
      proveStoredOnce(mongoUrl, acknowledged, async function* ({ operations }) {
        const found = operations.find(operationsOf(`${name}-`), { projection: { idempotency_key: 1 } })
        for await (const { _id: id, idempotency_key: key = '' } of found) yield { name: key, id }
      }),
  }
}

/** The filter of the operations whose Idempotency-Keys begin with this, digits following. */
export function operationsOf(prefix: string) {
  return {
    tenant_id: 'default',
    api_key_id: apiKeyId,
    // `~` is behind all digits.
    idempotency_key: { $gte: prefix, $lt: `${prefix}~` },
  }
}

function writes(load: WriteLoadOptions & { name: string; apiKey: string }): (number: number) => LoadRequest {
  const headers = {
    authorization: `Bearer ${load.apiKey}`,
    'content-type': 'application/json',
    prefer: 'respond-async',
  }
  return (number) => {
    const key = `${load.name}-${number}`
    const creates = load.creates && number % 2 === 0
    const change = load.creates ? (number - 1) / 2 : number
    const id = load.ids[change % load.ids.length] ?? ''
    return {
      method: creates ? 'POST' : 'PATCH',
      path: creates ? '/v1/customers' : `/v1/customers/${id}`,
      headers: { ...headers, 'idempotency-key': key },
      body: JSON.stringify(creates ? newCustomer(key) : { description: `Changed by ${key}` }),
    }
  }
}

/** A create as callers fill it in on a registration. */
export function newCustomer(key: string): object {
  return {
    key,
    name: `Customer ${key}`,
    email: `${key}@example.com`,
    billing_address: { line1: '1 Main Street', city: 'Berlin', postal_code: '10115', country: 'DE' },
    metadata: { plan: 'pro' },
  }
}
