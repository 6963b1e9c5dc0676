// Owns the judgement over what we do at Stripe: no more than was caused, within the limits, nothing destroyed, nothing in an
// account that is not the tenant's (G5, G8, G10, G12).

import { nameOf } from '../watched-store.ts'
import type { SimulatedWorld } from '../simulated-world.ts'
import type { Side } from './side.ts'

/** G5: we write no more often than something happened. A 500 may cost one repair. */
export function echoes({ world, tenant, documents, stripeEvents }: Side): string[] {
  const { history } = world
  return documents.flatMap((doc) => {
    const ids = new Set([doc.stripe_id, ...doc.former_stripe_ids])
    const written = stripeEvents.filter(
      ({ type, key, customer }) =>
        type === 'customer.updated' && key?.startsWith('ls:update:') && ids.has(customer),
    ).length
    const causes =
      history.applied.filter(({ customerId, code }) => customerId === doc._id && code === null).length +
      history.edits.filter(({ stripeId, tenantId }) => tenantId === tenant.id && ids.has(stripeId)).length +
      [...ids].filter((id) => id !== undefined && history.stripped.has(id)).length +
      ids.size +
      history.serverErrors
    return written <= causes
      ? []
      : [`G5: ${nameOf(doc._id)} was written ${written} times at Stripe for ${causes} causes`]
  })
}

/** G10: nothing is deleted at Stripe but by a purge. */
export function destroyed({ world, tenant, operations, documents }: Side): string[] {
  const asked = new Set(
    [...operations.values()].filter(({ body }) => body.kind === 'purge').map((op) => op.customer_id),
  )
  const allowed = new Set(
    documents.filter(({ _id }) => asked.has(_id)).flatMap((doc) => [doc.stripe_id, ...doc.former_stripe_ids]),
  )
  return world.stripe.calls
    .filter(
      ({ secretKey, call }) =>
        secretKey === tenant.secretKey && call.endpoint === 'DELETE /v1/customers/{id}',
    )
    .map(({ call }) => call.path.slice('/v1/customers/'.length))
    .filter((id) => !allowed.has(id))
    .map((id) => `G10: ${id} was deleted at Stripe, and nobody asked for that`)
}

/** G12: a key of another account leaves nothing there. */
export async function otherAccount({ world, tenant }: Side): Promise<string[]> {
  const made = await world.stripe.list(tenant.wrongKey, '/v1/customers')
  return made.length === 0
    ? []
    : [`G12: ${made.length} customers were made in an account that is not ${tenant.id}'s`]
}

/** G8: no sliding second holds more calls than a limit. */
export function ratesOf({ stripe, climate, tenants }: SimulatedWorld): string[] {
  return tenants.flatMap(({ id, secretKey }) => {
    const calls = stripe.calls.filter((each) => each.secretKey === secretKey)
    const endpoints = new Set(calls.map(({ call }) => call.endpoint))
    const counted = [
      { what: 'calls', limit: climate.limits.perAccount, ...mostInASecond(calls.map(({ at }) => at)) },
      ...[...endpoints].map((endpoint) => ({
        what: `calls of ${endpoint}`,
        limit: climate.limits.perEndpoint,
        ...mostInASecond(calls.filter(({ call }) => call.endpoint === endpoint).map(({ at }) => at)),
      })),
    ]
    return counted
      .filter(({ most, limit }) => most > limit)
      .map(({ what, most, endedAt }) => `G8: ${most} ${what} in the second up to ${endedAt}, for ${id}`)
  })
}

/** The fullest sliding second: how many calls it held, and when it ended. */
function mostInASecond(times: readonly number[]): { most: number; endedAt: number } {
  let [most, first, endedAt] = [0, 0, 0]
  for (const [last, at] of times.entries()) {
    while (at - (times[first] ?? at) >= 1000) first++
    if (last - first + 1 <= most) continue
    most = last - first + 1
    endedAt = at
  }
  return { most, endedAt }
}
