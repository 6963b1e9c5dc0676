// Builders of Stripe events as webhooks carry them. Shapes: docs.stripe.com/api/events/object and
// docs.stripe.com/event-destinations (thin events).

import { randomUUID } from 'node:crypto'

export function snapshotEvent(given: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: `evt_${randomUUID().replaceAll('-', '')}`,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: 1_790_000_000,
    livemode: false,
    pending_webhooks: 1,
    type: 'customer.updated',
    request: { id: 'req_1', idempotency_key: null },
    data: {
      object: { id: 'cus_ada', object: 'customer', name: 'Ada', email: 'ada@example.com', metadata: {} },
      previous_attributes: { name: 'A. Lovelace' },
    },
    ...given,
  }
}

export function thinEvent(given: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: `evt_test_${randomUUID().replaceAll('-', '')}`,
    object: 'v2.core.event',
    type: 'v1.customer.updated',
    created: '2026-10-30T12:00:00.000Z',
    livemode: false,
    related_object: { id: 'cus_ada', type: 'customer', url: '/v1/customers/cus_ada' },
    reason: { type: 'request', request: { id: 'req_1', idempotency_key: 'ls:update:1:1.1' } },
    ...given,
  }
}
