// Owns what an export holds of a customer beside its profile: one section for each record, read page by page.
// Promises: every record of a section comes once, whatever its length; a section that is added here is in every export.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { eventView } from '@lockstep/domain/event/view'
import type { MirrorKind } from '@lockstep/domain/mirror/kinds'
import type { Operation } from '@lockstep/domain/operation/operation'
import type { Moment, Store } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { auditAnswered, auditView } from '../audit/list-audit.ts'
import { mirroredAnswered } from '../billing/billing-answers.ts'
import { stripeIdsOf } from '../billing/mirror-routes.ts'
import { eventAnswered } from '../events/event-answer.ts'
import { operationAnswered } from '../operations/operation-answer.ts'
import { operationView } from '../operations/read-operation.ts'
import { stripeCallAnswered, stripeCallView } from '../timeline/timeline-entries.ts'
import { stripeEventAnswered, stripeEventView } from '../webhooks/stripe-event-answer.ts'

/** Records of one read: a request may be 256 KB, so a page of writes is at most some 13 MB. */
const pageMax = 50

export type ExportStore = Pick<
  Store,
  | 'listMirrored'
  | 'listOperations'
  | 'readCustomerEvents'
  | 'listStripeEvents'
  | 'listStripeCalls'
  | 'listAudit'
>

export interface ExportSection {
  name: string
  /** The schema of one record. */
  record: z.ZodType
  records: (store: ExportStore, doc: CustomerDocument) => AsyncIterable<unknown>
}

/** All of them, in the order in which they are written. */
export const exportSections: readonly ExportSection[] = [
  mirrored('subscriptions', 'subscription'),
  mirrored('invoices', 'invoice'),
  mirrored('payments', 'payment'),
  mirrored('charges', 'charge'),
  mirrored('payment_methods', 'payment_method'),
  mirrored('tax_ids', 'tax_id'),
  mirrored('balance_transactions', 'balance_transaction'),
  mirrored('entitlements', 'entitlement'),
  {
    name: 'usage_events',
    record: z.strictObject({
      operation_id: z.uuid(),
      status: z.string(),
      accepted_at: z.iso.datetime(),
      event_name: z.string(),
      identifier: z.string(),
      value: z.number(),
      used_at: z.iso.datetime(),
    }),
    async *records(store, doc) {
      for await (const operation of operationsOf(store, doc)) {
        if (operation.body.kind !== 'report_usage') continue
        const { event_name, identifier, value, at } = operation.body
        const { id: operation_id, status, accepted_at } = operationView(operation)
        const used_at = new Date(at * 1000).toISOString()
        yield { operation_id, status, accepted_at, event_name, identifier, value, used_at }
      }
    },
  },
  {
    name: 'entitlement_checks',
    record: eventAnswered,
    async *records(store, doc) {
      for await (const event of eventsOf(store, doc)) if (event.type === 'entitlement.checked') yield event
    },
  },
  {
    name: 'operations',
    record: operationAnswered.extend({
      request: z.looseObject({ kind: z.string() }).meta({ description: 'What was asked for.' }),
    }),
    async *records(store, doc) {
      for await (const operation of operationsOf(store, doc))
        yield { ...operationView(operation), request: operation.body }
    },
  },
  { name: 'events', record: eventAnswered, records: eventsOf },
  {
    name: 'stripe_events',
    record: stripeEventAnswered,
    async *records(store, doc) {
      const stripeCustomerIds = stripeIdsOf(doc)
      if (stripeCustomerIds.length === 0) return
      const found = paged((before: Moment | undefined) =>
        store.listStripeEvents({
          tenantId: doc.tenant_id,
          stripeCustomerIds,
          ...(before && { before }),
          limit: pageMax,
        }),
      )
      for await (const event of found(({ received_at: at, event_id: id }) => ({ at, id })))
        yield stripeEventView(event)
    },
  },
  {
    name: 'stripe_calls',
    record: stripeCallAnswered.extend({ id: z.uuid(), at: z.iso.datetime() }),
    async *records(store, doc) {
      const whose = { tenantId: doc.tenant_id, customerId: doc._id, stripeIds: stripeIdsOf(doc) }
      const found = paged((before: Moment | undefined) =>
        store.listStripeCalls({ ...whose, ...(before && { before }), limit: pageMax }),
      )
      for await (const call of found(({ at, _id: id }) => ({ at, id })))
        yield { id: call._id, at: new Date(call.at).toISOString(), ...stripeCallView(call) }
    },
  },
  {
    name: 'audit_log',
    record: auditAnswered,
    async *records(store, doc) {
      const whose = { tenantId: doc.tenant_id, customerId: doc._id }
      const found = paged((before: string | undefined) =>
        store.listAudit({ ...whose, ...(before !== undefined && { before }), limit: pageMax }),
      )
      for await (const entry of found(({ _id }) => _id)) yield auditView(entry)
    },
  },
]

function mirrored(name: string, kind: MirrorKind): ExportSection {
  return {
    name,
    record: mirroredAnswered[kind],
    async *records(store, doc) {
      const stripeIds = stripeIdsOf(doc)
      if (stripeIds.length === 0) return
      const found = paged((after: { created: number; id: string } | undefined) =>
        store.listMirrored({
          tenantId: doc.tenant_id,
          stripeIds,
          kind,
          ...(after && { after }),
          limit: pageMax,
        }),
      )
      for await (const { shown } of found(({ created, object_id: id }) => ({ created, id })))
        yield JSON.parse(shown)
    },
  }
}

function operationsOf(store: ExportStore, doc: CustomerDocument): AsyncIterable<Operation> {
  const whose = { tenantId: doc.tenant_id, customerId: doc._id }
  return paged((before: number | undefined) =>
    store.listOperations({ ...whose, ...(before !== undefined && { before }), limit: pageMax }),
  )(({ number }) => number)
}

async function* eventsOf(store: ExportStore, doc: CustomerDocument) {
  const ref = { tenantId: doc.tenant_id, customerId: doc._id }
  const found = paged((after: number | undefined) => store.readCustomerEvents(ref, after ?? 0, pageMax))
  for await (const event of found(({ pos }) => pos)) yield eventView(event)
}

/** Every record of a list, page after page; `placeOf` gives where the page behind a record begins. */
function paged<Listed, Place>(read: (place: Place | undefined) => Promise<Listed[]>) {
  return async function* (placeOf: (last: Listed) => Place): AsyncGenerator<Listed> {
    for (let place: Place | undefined; ; ) {
      const page = await read(place)
      yield* page
      const last = page.at(-1)
      if (last === undefined || page.length < pageMax) return
      place = placeOf(last)
    }
  }
}
