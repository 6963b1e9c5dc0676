/** Owns the recipes for events of subscriptions, and of what they entitle to. */
import { saveSubscription } from '../resources/billing/subscription-state.ts'
import { itemsOf, subscriptions, type Subscription } from '../resources/billing/subscription-object.ts'
import type { JsonObject } from '../json.ts'
import type { Kit, Recipe } from './recipe.ts'

const daySeconds = 86_400
const unpaid = { payment_behavior: 'default_incomplete' }

/** By type of event. */
export const subscriptionRecipes = {
  'customer.subscription.created': (kit) => void subscribed(kit),
  'customer.subscription.deleted': (kit) => kit.remove(`/v1/subscriptions/${subscribed(kit)}`),
  'customer.subscription.trial_will_end': ({ subscription, payer }) =>
    // Stripe tells three days before the end, of a shorter trial at once.
    void subscription(payer(), { trial_period_days: 1 }),
  'customer.subscription.updated': changed(() => ({ metadata: { changed: 'yes' } })),
  'v1.customer.subscription.active': (kit) => {
    const { latest_invoice } = find(kit, kit.subscription(kit.payer(), unpaid))
    kit.post(`/v1/invoices/${latest_invoice}/pay`)
  },
  'v1.customer.subscription.cancel_at_changed': changed(() => ({ cancel_at_period_end: true })),
  'v1.customer.subscription.default_payment_method_changed': changed(({ post }, { customer }) => ({
    default_payment_method: post('/v1/payment_methods/pm_card_mastercard/attach', { customer }),
  })),
  'v1.customer.subscription.incomplete_expired': async (kit) => {
    const clock = kit.testClock()
    kit.subscription(kit.payer('pm_card_visa', { test_clock: clock }), unpaid)
    await kit.advance(clock, daySeconds)
  },
  'v1.customer.subscription.item_added': changed(({ price }) => ({ items: [{ price: price() }] })),
  'v1.customer.subscription.item_price_changed': changed((kit, { id }) => ({
    items: [{ id: itemOf(kit, id), price: kit.price({ unit_amount: 2900 }) }],
  })),
  'v1.customer.subscription.item_quantity_changed': changed((kit, { id }) => ({
    items: [{ id: itemOf(kit, id), quantity: 2 }],
  })),
  'v1.customer.subscription.item_removed': changed((kit, { id }) => ({
    items: [{ price: kit.price() }, { id: itemOf(kit, id), deleted: true }],
  })),
  'v1.customer.subscription.past_due': async (kit) => {
    const { post, testClock, payer, subscription, advance } = kit
    const clock = testClock()
    const customer = payer('pm_card_visa', { test_clock: clock })
    subscription(customer)
    const declining = post('/v1/payment_methods/pm_card_chargeCustomerFail/attach', { customer })
    post(`/v1/customers/${customer}`, { invoice_settings: { default_payment_method: declining } })
    // A month, and the hour that a recurring invoice is a draft.
    await advance(clock, 32 * daySeconds)
  },
  // Whether time leads there is a setting; here it is done as time would.
  'v1.customer.subscription.unpaid': (kit) => {
    const { core, realm } = kit
    const before = find(kit, subscribed(kit))
    const origin = { realm, request: null }
    core.store.unit(() => saveSubscription(core, origin, before, { ...before, status: 'unpaid' }))
  },
  'entitlements.active_entitlement_summary.updated': (kit) => void entitled(kit),
  'v1.entitlements.active_entitlement_summary.entitlement_added': (kit) => void entitled(kit),
  'v1.entitlements.active_entitlement_summary.entitlement_removed': (kit) =>
    kit.remove(`/v1/subscriptions/${entitled(kit)}`),
} satisfies { readonly [type: string]: Recipe }

function subscribed({ subscription, payer }: Kit): string {
  return subscription(payer())
}

/** What becomes of a subscription that was just made. */
function changed(params: (kit: Kit, subscription: Subscription) => JsonObject): Recipe {
  return (kit) => {
    const subscription = find(kit, subscribed(kit))
    kit.post(`/v1/subscriptions/${subscription.id}`, params(kit, subscription))
  }
}

function find({ realm }: Kit, id: string): Subscription {
  const found = realm.table(subscriptions).get(id)
  if (!found) throw new Error(`bug: the subscription ${id} was just made and is not there`)
  return found
}

function itemOf({ realm }: Kit, subscription: string): string {
  return itemsOf(realm, subscription)[0]?.id ?? ''
}

/** A subscription to something that grants a feature. */
function entitled({ post, price, payer, subscription, core }: Kit): string {
  const lookup_key = `triggered_${core.random.token(8)}`
  const feature = post('/v1/entitlements/features', { name: 'Triggered feature', lookup_key })
  const sold = post('/v1/products', { name: 'Triggered product' })
  post(`/v1/products/${sold}/features`, { entitlement_feature: feature })
  return subscription(payer(), { items: [{ price: price({ product: sold }) }] })
}
