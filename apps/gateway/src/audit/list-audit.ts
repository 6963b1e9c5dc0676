// Owns reading the audit log: who asked for something sensitive, and when. There is no way to change it.

import { type AuditEntry, auditActions } from '@lockstep/domain/audit/audit'
import type { AuditStore } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { answers } from '../http/answer-shape.ts'
import { pageLimit, pageOf, uuidInQuery } from '../http/paging.ts'
import { apiRoute, type Route, success } from '../http/route.ts'

const actions = auditActions.join(', ')

const auditQuery = z.strictObject({
  customer_id: uuidInQuery('the id of a customer', 'Only what was done to this customer.').exactOptional(),
  action: z.enum(auditActions, { error: `must be one of ${actions}, once` }).exactOptional(),
  after: uuidInQuery('the id of an entry', 'The last entry seen: `next_after`.').exactOptional(),
  limit: pageLimit,
})

/** An entry. */
export const auditAnswered = z
  .strictObject({
    id: z.uuid(),
    at: z.iso.datetime(),
    key_id: z.string().meta({ description: 'The API key, by its public name.' }),
    action: z.enum(auditActions),
    customer_id: z.uuid().nullable(),
    subject: z.string().nullable().meta({ description: 'The operation, Stripe event or Stripe customer.' }),
    request_id: z.string().nullable().meta({ description: 'The `Request-Id` of the answer.' }),
  })
  .meta({ id: 'AuditEntry' })

/** GET of the log. */
export function listAuditRoute(store: Pick<AuditStore, 'listAudit'>): Route {
  return apiRoute({
    method: 'GET',
    path: '/v1/audit-log',
    name: 'list_audit_log',
    does: 'Lists sensitive actions and the API key that asked for each.',
    group: 'audit log',
    scope: 'operator',
    accepts: { query: auditQuery },
    answers: {
      200: answers('Newest first.', z.array(auditAnswered), {
        more: { has_more: z.boolean(), next_after: z.uuid().nullable() },
      }),
    },
    async handle({ caller: { tenantId }, query: { customer_id: customerId, action, after, limit } }) {
      const found = await store.listAudit({
        tenantId,
        ...(customerId !== undefined && { customerId }),
        ...(action !== undefined && { action }),
        ...(after !== undefined && { before: after }),
        limit: limit + 1,
      })
      const { page, more } = pageOf(found, limit, ({ _id }) => _id)
      return { status: 200, body: success(page.map(auditView), more) }
    },
  })
}

/** The entry. */
export function auditView(entry: AuditEntry): z.input<typeof auditAnswered> {
  const { _id: id, tenant_id: _, at, ...rest } = entry
  return { id, at: new Date(at).toISOString(), ...rest }
}
