// Owns reading what a customer has used, and the check of what it may use. Promises: both are answered from MongoDB alone; each
// check is durable as an event of the customer before it is answered.

import type { Clock } from '@lockstep/domain/clock/clock'
import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { monthOf } from '@lockstep/domain/customer/usage'
import type { Store } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { customerParams } from '../customers/customer-id.ts'
import { answers } from '../http/answer-shape.ts'
import { idempotencyKey, requestHash } from '../http/conditions.ts'
import { apiRoute, type Route, success } from '../http/route.ts'
import type { AcceptOperation } from '../operations/accept-operation.ts'
import { writeRefusals } from '../operations/write-shape.ts'
import { type Entitlement, entitlementOf, limitOf, verdictOf } from './entitlements.ts'
import { ownerOf } from './mirror-routes.ts'

export interface UsageRoutesDeps {
  store: Pick<Store, 'readCustomer' | 'listMirrored'>
  accept: AcceptOperation
  clock: Pick<Clock, 'now'>
}

/** Entitlements that are looked at: as many as Stripe shows on one page. */
const entitlementsMax = 100

const usageQuery = z.strictObject({
  month: z
    .string('must be given once')
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month such as 2026-11')
    .exactOptional(),
})

const usageAnswered = z
  .strictObject({
    event_name: z.string(),
    month: z.string(),
    value: z.number().meta({ description: 'The reports’ values, added up.' }),
    reports: z.int(),
    limit: z.int().nullable().meta({ description: 'By an active entitlement; null: none.' }),
    remaining: z.int().nullable(),
  })
  .meta({ id: 'Usage' })

const checkRequest = z
  .strictObject({
    lookup_key: z.string('must be text').min(1, 'must not be empty').max(80).exactOptional(),
    id: z
      .string('must be text')
      .regex(/^(ent|feat)_\w{1,250}$/, 'must be the id of an entitlement or a feature')
      .exactOptional(),
  })
  .refine(
    ({ lookup_key, id }) => (lookup_key === undefined) !== (id === undefined),
    'must hold either lookup_key or id',
  )

const checkAnswered = z
  .strictObject({
    lookup_key: z.string(),
    entitled: z.boolean(),
    reason: z.enum(['not_entitled', 'limit_reached']).nullable(),
    used: z.number().nullable().meta({ description: 'This month, where a limit is given.' }),
    limit: z.int().nullable(),
  })
  .meta({ id: 'EntitlementCheck' })

const checkHeaders = z.object({ 'Idempotency-Key': idempotencyKey })

/** GET of the usage, POST of a check. */
export function usageRoutes({ store, accept, clock }: UsageRoutesDeps): Route[] {
  const entitlementsOf = async (doc: CustomerDocument): Promise<Entitlement[]> => {
    if (doc.stripe_id === undefined) return []
    const found = await store.listMirrored({
      tenantId: doc.tenant_id,
      stripeIds: [doc.stripe_id],
      kind: 'entitlement',
      limit: entitlementsMax,
    })
    return found.map(({ shown }) => entitlementOf(shown))
  }
  return [
    apiRoute({
      method: 'GET',
      path: '/v1/customers/:id/usage',
      name: 'list_usage',
      does: 'Lists what was used in a month (this one, unless told otherwise), with the limits.',
      group: 'billing',
      scope: 'customers',
      accepts: { params: customerParams, query: usageQuery },
      answers: { 200: answers('One for each meter event.', z.array(usageAnswered)) },
      async handle({ caller, params, query }) {
        const doc = await ownerOf(store, caller, params.id)
        const { month = monthOf(clock.now()) } = query
        const totals = (doc.usage ?? []).filter((total) => total.month === month)
        const entitlements = await entitlementsOf(doc)
        const shown = totals.map((total) => {
          const limit = limitOf(entitlements, total.event_name)
          return { ...total, limit, remaining: limit === null ? null : Math.max(0, limit - total.value) }
        })
        return {
          status: 200,
          body: success(shown.toSorted((a, b) => (a.event_name < b.event_name ? -1 : 1))),
        }
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/v1/customers/:id/entitlements/check',
      name: 'check_entitlement',
      does: 'Tells whether the customer may use a feature now, and logs that it was asked.',
      group: 'billing',
      scope: 'customers',
      accepts: { params: customerParams, headers: checkHeaders, body: checkRequest },
      answers: { 200: answers('The verdict.', checkAnswered) },
      refuses: [...writeRefusals],
      async handle({ caller, params: { id: customerId }, headers, body, signal }) {
        const doc = await ownerOf(store, caller, customerId)
        const asked = body.lookup_key ?? body.id ?? ''
        const verdict = verdictOf(doc, await entitlementsOf(doc), { asked, month: monthOf(clock.now()) })
        const command = {
          caller,
          idempotencyKey: headers['Idempotency-Key'],
          requestHash: requestHash({
            method: 'POST',
            resource: `/v1/customers/${customerId}/entitlements/check`,
            body,
          }),
        }
        const repeated = await accept.findRepeated(command)
        const told = { kind: 'event' as const, type: 'entitlement.checked', data: JSON.stringify(verdict) }
        const logged = await accept.accept(
          { ...command, customerId, body: told, ifMatch: null, waitMs: 0, signal },
          repeated,
        )
        // A repeat is answered as it was the first time.
        const said =
          logged.body.kind === 'event' ? checkAnswered.safeParse(JSON.parse(logged.body.data)) : null
        return { status: 200, body: success(said?.data ?? verdict) }
      },
    }),
  ]
}
