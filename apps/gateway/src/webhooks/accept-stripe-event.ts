// Owns the acceptance of a Stripe event: verify the raw bytes, store it once by id, ring, answer 200.
// Promises: 200 means durable, or known already; what is not proven, or belongs to another mode or account, leaves no
// trace; every type is kept (what it leads to is the worker's decision); of the payload only the record's fields stay.

import type { Clock } from '@lockstep/domain/clock/clock'
import type { Doorbell, Subject } from '@lockstep/domain/doorbell/doorbell'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { InsertResult, StripeEventStore } from '@lockstep/domain/store/store'
import type { StripeEventRecord } from '@lockstep/domain/stripe/stripe-event'
import { z } from 'zod'
import { groupCommit } from '../group-commit.ts'
import { answersAs } from '../http/answer-shape.ts'
import { type Answer, type Described, publicRoute, type Request, type Route } from '../http/route.ts'
import type { Metrics } from '../metrics.ts'
import type { ReadTenant } from '../tenants.ts'
import { readStripeEvent } from './stripe-payload.ts'
import { verifyStripeSignature } from './stripe-signature.ts'

export interface AcceptStripeEventDeps {
  store: Pick<StripeEventStore, 'insertStripeEvents'>
  doorbell: Doorbell
  readTenant: ReadTenant
  metrics: Metrics
  clock: Clock
  elapsed: () => number
  doorbellLost: (lost: { queue: string; subjects: number }) => void
  /** Any of them may have signed. */
  secrets: readonly string[]
  /** The tenant of deliveries whose path names none, and its mode until its record exists. */
  defaultTenant: { id: string; livemode: boolean }
}

/** POST of a webhook, with or without the tenant in the path. */
export function stripeWebhookRoutes(deps: AcceptStripeEventDeps): Route[] {
  const insert = groupCommit<StripeEventRecord, InsertResult>({
    elapsed: deps.elapsed,
    clock: deps.clock,
    committed: (flush) => deps.metrics.committed({ what: 'stripe_events', ...flush }),
    async write(events) {
      const results = await deps.store.insertStripeEvents(events)
      void ring(events.filter((_, index) => results[index]?.kind === 'ok'))
      return results
    },
  })

  const ring = async (events: StripeEventRecord[]): Promise<void> => {
    const subjects = new Map<string, Subject>()
    for (const { tenant_id: tenantId, stripe_customer_id: id } of events) {
      if (id !== null) subjects.set(`${tenantId}/${id}`, { kind: 'stripe_customer', tenantId, id })
    }
    if (subjects.size === 0) return
    const rang = await deps.doorbell.ring('customer-apply', [...subjects.values()])
    deps.metrics.rang(rang)
    if (!rang) deps.doorbellLost({ queue: 'customer-apply', subjects: subjects.size })
  }

  const handle = async (
    request: Pick<Request<{ raw: z.ZodType }>, 'received' | 'header' | 'note'>,
    tenantId: string,
  ): Promise<Answer> => {
    const payload = Buffer.isBuffer(request.received) ? request.received : Buffer.alloc(0)
    const now = deps.clock.now()
    const header = request.header('stripe-signature')
    verifyStripeSignature({ payload, header, secrets: deps.secrets, now })
    const { event, livemode, account } = readStripeEvent({ payload, tenantId, now })
    request.note({ tenant: tenantId, stripe_event_id: event.event_id })
    await refuseStranger(deps, { tenantId, livemode, account })
    const { kind } = await insert(event)
    const outcome = kind === 'ok' ? 'stored' : 'duplicate'
    request.note({ outcome })
    deps.metrics.stripeEventAcknowledged(outcome)
    return { status: 200, body: { received: true } }
  }

  const route = {
    method: 'POST',
    group: 'stripe events',
    answers: { 200: answersAs('application/json', 'It is durable, or was known already.', received) },
    refuses: ['bad_signature', 'bad_timestamp', 'wrong_mode', 'invalid_request', 'not_found', 'unavailable'],
  } as const satisfies Partial<Described>
  return [
    publicRoute({
      ...route,
      path: '/webhooks/stripe',
      name: 'receive_stripe_event',
      does: 'Takes in Stripe’s webhooks of the default tenant.',
      accepts: { raw: stripeEvent },
      handle: (request) => handle(request, deps.defaultTenant.id),
    }),
    publicRoute({
      ...route,
      path: '/webhooks/stripe/:tenant',
      name: 'receive_tenant_stripe_event',
      does: 'Takes in Stripe’s webhooks of a named tenant.',
      accepts: { raw: stripeEvent, params: z.strictObject({ tenant: z.string() }) },
      handle: (request) => handle(request, request.params.tenant),
    }),
  ]
}

const received = z.strictObject({ received: z.literal(true) })
const stripeEvent = z
  .looseObject({})
  .meta({ description: 'A snapshot or thin event, as Stripe signs it in `Stripe-Signature`.' })

/** Throws unless the tenant exists and the event is of its mode and account. */
async function refuseStranger(
  deps: AcceptStripeEventDeps,
  event: { tenantId: string; livemode: boolean; account: string | null },
): Promise<void> {
  const record = /^[A-Za-z0-9_-]{1,64}$/.test(event.tenantId) ? await deps.readTenant(event.tenantId) : null
  const isDefault = event.tenantId === deps.defaultTenant.id
  if (!record && !isDefault) throw new LockstepError('not_found')
  const tenant = record ?? { livemode: deps.defaultTenant.livemode, account: null }
  if (event.livemode !== tenant.livemode) throw new LockstepError('wrong_mode')
  // Before the worker has bound the account there is nothing to compare with; it checks its key before any call.
  if (event.account !== null && tenant.account !== null && event.account !== tenant.account) {
    throw new LockstepError('wrong_mode')
  }
}
