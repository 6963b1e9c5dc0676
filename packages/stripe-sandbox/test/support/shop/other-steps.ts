/** Owns the random steps on meters, the portal and test clocks, and the steps in which time passes. */
import fc from 'fast-check'
import { metadata, passing, pick, step, stepOn, which, type Step } from './step.ts'

const nothing = fc.constant(null)
const hour = 3600
const day = 24 * hour

/** Short and long: seconds, a retry, a trial, a month. */
export const timeSteps: fc.Arbitrary<Step>[] = [
  passing(fc.constantFrom(1, 5, hour, day, 3 * day, 5 * day, 31 * day)),
]

/** Meters and what they count. */
export const meterSteps: fc.Arbitrary<Step>[] = [
  step('make a meter', fc.constantFrom('count', 'last', 'sum'), (_known, formula) => [
    'POST',
    '/v1/billing/meters',
    { display_name: 'Calls', event_name: `calls_${formula}`, default_aggregation: { formula } },
  ]),
  step('make a metered price', fc.tuple(which, which), (known, [where, what]) => {
    const [product, meter] = [pick(known, 'product', where), pick(known, 'billing.meter', what)]
    const recurring = { interval: 'day', usage_type: 'metered', meter }
    return product && meter
      ? ['POST', '/v1/prices', { product, currency: 'usd', unit_amount: 40, recurring }]
      : undefined
  }),
  stepOn(
    'use something',
    'customer',
    fc.tuple(fc.constantFrom('count', 'last', 'sum'), fc.integer({ min: -2, max: 9 }), fc.nat(9)),
    (customer, [formula, value, identifier]) => [
      'POST',
      '/v1/billing/meter_events',
      {
        event_name: `calls_${formula}`,
        identifier: `use-${identifier}`,
        payload: { stripe_customer_id: customer, value },
      },
    ],
  ),
  stepOn('rename a meter', 'billing.meter', fc.constantFrom('Calls', 'Minutes'), (id, display_name) => [
    'POST',
    `/v1/billing/meters/${id}`,
    { display_name },
  ]),
  ...(['deactivate', 'reactivate'] as const).map((move) =>
    stepOn(`${move} a meter`, 'billing.meter', nothing, (id) => ['POST', `/v1/billing/meters/${id}/${move}`]),
  ),
]

/** The billing portal. */
export const portalSteps: fc.Arbitrary<Step>[] = [
  step('make a portal configuration', metadata, (_known, form) => [
    'POST',
    '/v1/billing_portal/configurations',
    { features: { invoice_history: { enabled: true } }, metadata: form },
  ]),
  stepOn('change a portal configuration', 'billing_portal.configuration', metadata, (id, form) => [
    'POST',
    `/v1/billing_portal/configurations/${id}`,
    { metadata: form, name: 'Plain' },
  ]),
  stepOn('open a portal session', 'customer', nothing, (customer) => [
    'POST',
    '/v1/billing_portal/sessions',
    { customer },
  ]),
]

/** Test clocks and the customers that live on them. */
export const clockSteps: fc.Arbitrary<Step>[] = [
  step('make a test clock', fc.constantFrom(1_922_000_000, 1_927_000_000), (_known, frozen_time) => [
    'POST',
    '/v1/test_helpers/test_clocks',
    { frozen_time },
  ]),
  stepOn('create a customer on a test clock', 'test_helpers.test_clock', nothing, (test_clock) => [
    'POST',
    '/v1/customers',
    {
      test_clock,
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    },
  ]),
  stepOn(
    'advance a test clock',
    'test_helpers.test_clock',
    fc.constantFrom(1_922_100_000, 1_923_000_000, 1_925_000_000, 1_928_000_000),
    (id, frozen_time) => ['POST', `/v1/test_helpers/test_clocks/${id}/advance`, { frozen_time }],
  ),
  stepOn('delete a test clock', 'test_helpers.test_clock', nothing, (id) => [
    'DELETE',
    `/v1/test_helpers/test_clocks/${id}`,
  ]),
]

/** Nobody listens there, and no event of this type ever comes. */
const receiver = { url: 'http://127.0.0.1:9/hook', enabled_events: ['charge.refunded'] }

/** Receivers of events, of v1 and v2. */
export const receiverSteps: fc.Arbitrary<Step>[] = [
  step('make a webhook endpoint', metadata, (_known, form) => [
    'POST',
    '/v1/webhook_endpoints',
    { ...receiver, metadata: form },
  ]),
  stepOn('change a webhook endpoint', 'webhook_endpoint', fc.boolean(), (id, disabled) => [
    'POST',
    `/v1/webhook_endpoints/${id}`,
    { disabled },
  ]),
  stepOn('delete a webhook endpoint', 'webhook_endpoint', nothing, (id) => [
    'DELETE',
    `/v1/webhook_endpoints/${id}`,
  ]),
  step('make a destination', fc.constantFrom('thin', 'snapshot'), (_known, event_payload) => [
    'POST',
    '/v2/core/event_destinations',
    {
      name: 'a',
      type: 'webhook_endpoint',
      event_payload,
      enabled_events: ['v1.charge.refunded'],
      webhook_endpoint: { url: receiver.url },
    },
  ]),
  ...(['disable', 'enable', 'ping'] as const).map((move) =>
    stepOn(`${move} a destination`, 'v2.core.event_destination', nothing, (id) => [
      'POST',
      `/v2/core/event_destinations/${id}/${move}`,
    ]),
  ),
  stepOn('delete a destination', 'v2.core.event_destination', nothing, (id) => [
    'DELETE',
    `/v2/core/event_destinations/${id}`,
  ]),
]
