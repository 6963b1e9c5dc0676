// Owns many tenants: creates under an API key of each in turn, acknowledged, by one gateway.

import { createHash, randomBytes } from 'node:crypto'
import { newTenant } from '@lockstep/domain/store/tenant'
import { type BenchContext, type Figure, repeated } from '../benchmark.ts'
import { newCustomer } from '../intake/load.ts'
import { type ProvenLoad, saturated } from '../load/proven.ts'
import { ratesOf } from '../load/shown.ts'
import { type BenchStack, gatewayOf } from '../stack/bench-stack.ts'
import { proveStoredOnce } from '../stack/stored-once.ts'

const counts = [1, 10, 100, 1_000, 10_000]
const connections = 32
/** Tenants made at once. */
const madeTogether = 50

/** Writes acknowledged in a second, of the first tenant, the first ten, and so on. */
export async function byTenants(context: BenchContext, stack: BenchStack): Promise<Figure[]> {
  const apiKeys: string[] = []
  const figures: Figure[] = []
  for (const count of counts) {
    while (apiKeys.length < count) {
      const together = Math.min(madeTogether, count - apiKeys.length)
      const numbers = Array.from({ length: together }, (_, index) => apiKeys.length + index)
      apiKeys.push(...(await Promise.all(numbers.map((number) => tenantAdded(stack, number)))))
    }
    context.tell(`tenants: ${count}`)
    const target = { context, url: gatewayOf(stack), open: () => createsOf(stack, apiKeys) }
    const runs = await repeated(context.runs, () => saturated(target, { connections }))
    figures.push({
      name: `acknowledged, ${count} tenant${count === 1 ? '' : 's'}`,
      unit: '/s',
      runs: ratesOf(runs),
    })
  }
  return figures
}

/** A tenant with one API key, which is answered. */
async function tenantAdded({ store }: BenchStack, number: number): Promise<string> {
  const id = `tenant-${number}`
  const apiKey = `ls_test_${randomBytes(16).toString('hex')}`
  const at = Date.now()
  await store.insertTenant(newTenant({ id, livemode: false, linkByEmail: true, at }))
  await store.insertApiKey({
    _id: createHash('sha256').update(apiKey).digest('hex'),
    tenant_id: id,
    key_id: 'key_load',
    scopes: ['customers'],
    created_at: at,
    revoked_at: null,
  })
  return apiKey
}

/** Creates by each key in turn; each must be stored once, and as an operation of its key's tenant. */
function createsOf({ mongoUrl }: BenchStack, apiKeys: readonly string[]): ProvenLoad {
  const name = randomBytes(4).toString('hex')
  const tenantOf = (number: number) => number % apiKeys.length
  const acknowledged = new Map<string, string>()
  return {
    request(number) {
      const key = `${name}-${number}`
      return {
        method: 'POST',
        path: '/v1/customers',
        headers: {
          authorization: `Bearer ${apiKeys[tenantOf(number)] ?? ''}`,
          'content-type': 'application/json',
          prefer: 'respond-async',
          'idempotency-key': key,
        },
        body: JSON.stringify(newCustomer(key)),
      }
    },
    answered(number, { location }) {
      acknowledged.set(`tenant-${tenantOf(number)} ${name}-${number}`, location?.split('/').at(-1) ?? '')
    },
    prove: () =>
      proveStoredOnce(mongoUrl, acknowledged, async function* ({ operations }) {
        const mine = { api_key_id: 'key_load', idempotency_key: { $gte: `${name}-`, $lt: `${name}-~` } }
        const found = operations.find(mine, { projection: { tenant_id: 1, idempotency_key: 1 } })
        for await (const { _id: id, tenant_id: tenant, idempotency_key: key = '' } of found)
          yield { name: `${tenant} ${key}`, id }
      }),
  }
}
