/**
 * Owns the configurations of the billing portal.
 * Promises: there is always a default one (at Stripe it is made in the dashboard). Updating and pausing of subscriptions cannot be switched
 * on, and the page only shows what a customer could change of itself (`customer_update`).
 */
import type { Core } from '../../../core.ts'
import { emit, emitUpdate, type Origin } from '../../../events/emit.ts'
import { touched } from '../../../events/previous-attributes.ts'
import { listPage } from '../../../http/list-page.ts'
import type { Call, Route } from '../../../http/router.ts'
import { badRequest, missingParameter, notSimulated } from '../../../http/stripe-error.ts'
import type { JsonObject } from '../../../json.ts'
import { array, bool, choice, listParams, metadata, object, params, string } from '../../../params/declare.ts'
import { mergeMetadata, noMetadata } from '../../../params/metadata.ts'
import type { Params } from '../../../params/param.ts'
import { flag, hash, text, texts } from '../../../params/read.ts'
import { checkUrl } from '../../../params/url.ts'
import { found, kept } from '../find.ts'
import { refused } from '../refused.ts'
import { feedbacks } from '../subscription-object.ts'
import { portalConfigurations, type PortalConfiguration, type PortalFeatures } from './portal-object.ts'

const url = '/v1/billing_portal/configurations'

/** What a configuration offers; an update may leave out whether a feature is on. */
function features(enabled: 'enabled' | 'enabled!') {
  return object({
    customer_update: object({
      allowed_updates: array(choice('', 'address', 'email', 'name', 'phone', 'shipping', 'tax_id')),
      [enabled]: bool,
    }),
    invoice_history: object({ 'enabled!': bool }),
    payment_method_update: object({ 'enabled!': bool, ...refused('payment_method_configuration') }),
    subscription_cancel: object({
      cancellation_reason: object({
        'enabled!': bool,
        options: array(choice('', ...feedbacks)),
        ...refused('feedback_options'),
      }),
      [enabled]: bool,
      mode: choice('at_period_end', 'immediately'),
      proration_behavior: choice('always_invoice', 'create_prorations', 'none'),
    }),
    subscription_pause: object({ enabled: bool, ...refused('duration') }),
    subscription_update: object({
      [enabled]: bool,
      ...refused(
        'billing_cycle_anchor',
        'default_allowed_updates',
        'products',
        'proration_behavior',
        'schedule_at_period_end',
        'trial_update_behavior',
      ),
    }),
  })
}

const common = {
  business_profile: object({
    headline: string(60),
    privacy_policy_url: string(),
    terms_of_service_url: string(),
  }),
  default_return_url: string(),
  login_page: object({ 'enabled!': bool }),
  metadata,
  name: string(),
}

/** Create, retrieve, update, list. */
export function portalConfigurationRoutes(): Route[] {
  const of = ({ realm, ids }: Call) => found(realm, portalConfigurations, 'configuration', ids['id'] ?? '')
  return [
    {
      method: 'POST',
      path: url,
      params: params({ ...common, 'features!': features('enabled!') }),
      check,
      run: ({ core, realm, params: given, origin }) => {
        const made = changed(blank(core, origin, false), given)
        realm.table(portalConfigurations).put(made)
        emit(core, origin, 'billing_portal.configuration.created', made)
        return made
      },
    },
    { method: 'GET', path: url, params: listParams({ active: bool, is_default: bool }), run: list },
    { method: 'GET', path: `${url}/{id}`, params: params(), run: of },
    {
      method: 'POST',
      path: `${url}/{id}`,
      params: params({ ...common, active: bool, features: features('enabled') }),
      check,
      run: (call) => update(call, of(call)),
    },
  ]
}

/** The configuration that a session has when it names none; made when first needed. */
export function defaultConfiguration(core: Core, origin: Origin): PortalConfiguration {
  const table = origin.realm.table(portalConfigurations)
  for (const one of table.oldestFirst()) if (one.is_default) return one
  const made = blank(core, origin, true)
  table.put(made)
  return made
}

function check(given: Params): void {
  const wanted = hash(given, 'features') ?? {}
  for (const name of ['subscription_update', 'subscription_pause']) {
    if (flag(hash(wanted, name) ?? {}, 'enabled'))
      throw notSimulated(`${name} in the billing portal`, `features[${name}][enabled]`)
  }
  if (flag(hash(given, 'login_page') ?? {}, 'enabled'))
    throw notSimulated('The login page of the billing portal', 'login_page[enabled]')
  const back = text(given, 'default_return_url')
  if (back) checkUrl(back, 'default_return_url', { apps: true })
  const profile = hash(given, 'business_profile') ?? {}
  for (const name of ['privacy_policy_url', 'terms_of_service_url']) {
    const address = text(profile, name)
    if (address) checkUrl(address, `business_profile[${name}]`)
  }
  const update = hash(wanted, 'customer_update')
  if (update && flag(update, 'enabled') && (texts(update, 'allowed_updates') ?? []).length === 0)
    throw missingParameter('features[customer_update][allowed_updates]')
}

function blank(core: Core, { realm }: Origin, isDefault: boolean): PortalConfiguration {
  const now = core.clock.seconds()
  return {
    id: core.newId('bpc_1', 23),
    object: 'billing_portal.configuration',
    active: true,
    application: null,
    business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
    created: now,
    default_return_url: null,
    features: blankFeatures(isDefault),
    is_default: isDefault,
    livemode: realm.livemode,
    login_page: { enabled: false, url: null },
    metadata: noMetadata,
    name: null,
    updated: now,
  }
}

/** The default one lets a customer do all that the page can; one made by API begins with nothing. */
function blankFeatures(all: boolean): PortalFeatures {
  return {
    customer_update: { allowed_updates: [], enabled: false },
    invoice_history: { enabled: all },
    payment_method_update: { enabled: all, payment_method_configuration: null },
    subscription_cancel: {
      cancellation_reason: { enabled: false, feedback_options: null, options: feedbacks },
      enabled: all,
      mode: 'at_period_end',
      proration_behavior: 'none',
    },
    subscription_pause: {
      duration: { interval_options: [], type: 'indefinite' },
      enabled: false,
    },
    subscription_update: {
      billing_cycle_anchor: null,
      default_allowed_updates: [],
      enabled: false,
      proration_behavior: 'none',
      schedule_at_period_end: { conditions: [] },
      trial_update_behavior: 'end_trial',
    },
  }
}

function changed(before: PortalConfiguration, given: Params): PortalConfiguration {
  const profile = hash(given, 'business_profile')
  const of = (name: 'headline' | 'privacy_policy_url' | 'terms_of_service_url') =>
    kept(before.business_profile[name], profile ? text(profile, name) : undefined)
  return {
    ...before,
    active: flag(given, 'active') ?? before.active,
    business_profile: {
      headline: of('headline'),
      privacy_policy_url: of('privacy_policy_url'),
      terms_of_service_url: of('terms_of_service_url'),
    },
    default_return_url: kept(before.default_return_url, text(given, 'default_return_url')),
    features: changedFeatures(before.features, hash(given, 'features') ?? {}),
    metadata: mergeMetadata(before.metadata, given['metadata']),
    name: kept(before.name, text(given, 'name')),
  }
}

function changedFeatures(before: PortalFeatures, given: Params): PortalFeatures {
  const update = hash(given, 'customer_update') ?? {}
  const cancel = hash(given, 'subscription_cancel') ?? {}
  const reason = hash(cancel, 'cancellation_reason') ?? {}
  const enabled = (name: 'customer_update' | 'invoice_history' | 'payment_method_update') =>
    flag(hash(given, name) ?? {}, 'enabled') ?? before[name].enabled
  const old = before.subscription_cancel
  return {
    ...before,
    customer_update: {
      allowed_updates: texts(update, 'allowed_updates') ?? before.customer_update.allowed_updates,
      enabled: enabled('customer_update'),
    },
    invoice_history: { enabled: enabled('invoice_history') },
    payment_method_update: {
      enabled: enabled('payment_method_update'),
      payment_method_configuration: null,
    },
    subscription_cancel: {
      cancellation_reason: {
        enabled: flag(reason, 'enabled') ?? old.cancellation_reason.enabled,
        feedback_options: null,
        options: texts(reason, 'options') ?? old.cancellation_reason.options,
      },
      enabled: flag(cancel, 'enabled') ?? old.enabled,
      mode: text(cancel, 'mode') ?? old.mode,
      proration_behavior: text(cancel, 'proration_behavior') ?? old.proration_behavior,
    },
  }
}

function update({ core, realm, params: given, origin }: Call, before: PortalConfiguration): JsonObject {
  const next = changed(before, given)
  if (before.is_default && !next.active)
    throw badRequest('The default configuration cannot be made inactive.', { param: 'active' })
  const after = touched(before, next, core.clock.seconds())
  realm.table(portalConfigurations).put(after)
  emitUpdate(core, origin, 'billing_portal.configuration.updated', before, after)
  return after
}

function list({ core, realm, params: given, origin }: Call): JsonObject {
  const active = flag(given, 'active')
  const isDefault = flag(given, 'is_default')
  defaultConfiguration(core, origin)
  return listPage({
    table: realm.table(portalConfigurations),
    params: given,
    url,
    kind: 'configuration',
    where: (one) =>
      (active === undefined || one.active === active) &&
      (isDefault === undefined || one.is_default === isDefault),
  })
}
