/** Owns the recipes for events of what an account is set up with: meters, the portal, test clocks, destinations. */
import { eventDestinations } from '../resources/event-destination-object.ts'
import type { Kit, Recipe } from './recipe.ts'

/** By type of event. */
export const accountRecipes = {
  'billing.meter.created': (kit) => void meter(kit),
  'billing.meter.deactivated': (kit) => void kit.post(`${meter(kit)}/deactivate`),
  'billing.meter.reactivated': (kit) => {
    const path = meter(kit)
    kit.post(`${path}/deactivate`)
    kit.post(`${path}/reactivate`)
  },
  'billing.meter.updated': (kit) => void kit.post(meter(kit), { display_name: 'Changed' }),
  'billing_portal.configuration.created': (kit) => void configuration(kit),
  'billing_portal.configuration.updated': (kit) => void kit.post(configuration(kit), { name: 'Changed' }),
  'billing_portal.session.created': ({ post, customer }) =>
    void post('/v1/billing_portal/sessions', { customer: customer() }),
  'test_helpers.test_clock.advancing': ({ testClock, advance }) => advance(testClock(), 60),
  'test_helpers.test_clock.created': ({ testClock }) => void testClock(),
  'test_helpers.test_clock.deleted': ({ testClock, remove }) =>
    remove(`/v1/test_helpers/test_clocks/${testClock()}`),
  'test_helpers.test_clock.ready': ({ testClock, advance }) => advance(testClock(), 60),
  'v2.core.event_destination.ping': ping,
} satisfies { readonly [type: string]: Recipe }

function meter({ post, core }: Kit): string {
  const made = post('/v1/billing/meters', {
    display_name: 'Triggered meter',
    event_name: `triggered_${core.random.token(8)}`,
    default_aggregation: { formula: 'sum' },
  })
  return `/v1/billing/meters/${made}`
}

function configuration({ post }: Kit): string {
  const features = { invoice_history: { enabled: true } }
  return `/v1/billing_portal/configurations/${post('/v1/billing_portal/configurations', { features })}`
}

/** Greets every destination that is enabled; without one, a disabled one that is there for that moment only, and hears nothing. */
function ping({ realm, post, remove }: Kit): void {
  const base = '/v2/core/event_destinations'
  const enabled = Array.from(realm.table(eventDestinations).oldestFirst()).filter(
    ({ status }) => status === 'enabled',
  )
  for (const { id } of enabled) post(`${base}/${id}/ping`)
  if (enabled.length > 0) return
  const made = post(base, {
    name: 'Triggered',
    type: 'webhook_endpoint',
    event_payload: 'thin',
    enabled_events: ['v1.customer.created'],
    webhook_endpoint: { url: 'https://example.com/' },
  })
  post(`${base}/${made}/disable`)
  post(`${base}/${made}/ping`)
  remove(`${base}/${made}`)
}
