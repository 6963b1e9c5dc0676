// Owns the judgement over commands: each was carried out once, and in its turn (G5, G6), and a purge is the end.

import type { Operation, OperationBody } from '@lockstep/domain/operation/operation'
import { z } from 'zod'
import { nameOf } from '../watched-store.ts'
import type { Side } from './side.ts'

const transaction = z.looseObject({ metadata: z.record(z.string(), z.string()) })
const taxId = z.looseObject({ value: z.string() })
const method = z.looseObject({ customer: z.string().nullable() })

/** Credits and tax ids are counted where they stand. */
export async function commandEffects(side: Side): Promise<string[]> {
  const { world, tenant, documents, operations, stripe } = side
  const broken: string[] = []
  for (const { id } of stripe) {
    const doc = documents.find(({ stripe_id }) => stripe_id === id)
    // What was carried out on an earlier Stripe customer of his went with it.
    if (!doc || doc.former_stripe_ids.length > 0) continue
    const below = `/v1/customers/${id}`
    const made = await world.stripe.list(tenant.peoplesKey, `${below}/balance_transactions`)
    const numbers = await world.stripe.list(tenant.peoplesKey, `${below}/tax_ids`)
    const marks = [
      ...made.map((each) => transaction.parse(each).metadata['lockstep_operation'] ?? ''),
      ...numbers.map((each) => taxId.parse(each).value),
    ]
    for (const operation of operations.values()) {
      const mark = markOf(operation)
      if (operation.customer_id !== doc._id || mark === null || operation.outcome?.parked) continue
      const times = marks.filter((each) => each === mark).length
      const code = operation.outcome?.code
      if (times !== (code === null ? 1 : 0))
        broken.push(
          `commands: ${operation.body.kind} ${nameOf(operation._id)} stands ${times} times at Stripe; it ended as ${code ?? 'applied'}`,
        )
    }
  }
  return broken
}

function markOf({ _id, body }: Operation): string | null {
  if (body.kind === 'credit') return _id
  return body.kind === 'create_tax_id' ? body.value : null
}

/** The last attach or detach of a payment method that was carried out says where it is. */
export async function methodsInTurn({ world, tenant, documents, operations }: Side): Promise<string[]> {
  const last = new Map<string, Operation>()
  for (const id of world.history.settled) {
    const operation = operations.get(id)
    if (!operation || operation.outcome?.code !== null || !isMethodMove(operation.body)) continue
    last.set(operation.body.payment_method, operation)
  }
  const broken: string[] = []
  for (const [id, { body, customer_id: customerId }] of last) {
    const doc = documents.find(({ _id }) => _id === customerId)
    // A customer that was deleted at Stripe lost its payment methods there.
    if (!doc || doc.former_stripe_ids.length > 0) continue
    const path = `/v1/payment_methods/${id}`
    const { customer } = method.parse(await world.stripe.dashboard(tenant.peoplesKey, 'GET', path))
    const wanted = body.kind === 'attach_payment_method' ? (doc.stripe_id ?? null) : null
    if (customer !== wanted)
      broken.push(`commands: ${id} was last asked to be at ${wanted}, and is at ${customer}`)
  }
  return broken
}

function isMethodMove(
  body: OperationBody,
): body is Extract<OperationBody, { kind: 'attach_payment_method' | 'detach_payment_method' }> {
  return body.kind === 'attach_payment_method' || body.kind === 'detach_payment_method'
}

/** A purge that was carried out leaves nothing that could live again. */
export function endedForGood({ operations, documents, stripe }: Side): string[] {
  return [...operations.values()]
    .filter(({ body, outcome }) => body.kind === 'purge' && outcome?.code === null)
    .flatMap(({ customer_id: customerId }) => {
      const doc = documents.find(({ _id }) => _id === customerId)
      const alive = stripe.some(({ id }) => doc?.former_stripe_ids.includes(id))
      return doc?.tombstone && !alive ? [] : [`commands: ${nameOf(customerId)} was purged, and lives`]
    })
}
