/**
 * Owns the sessions of the billing portal.
 * Promises: the address of a session leads to a real page of the sandbox for as long as Stripe would keep it open; nobody can guess it.
 */
import { emit } from '../../../events/emit.ts'
import type { Expansion } from '../../../http/expand.ts'
import type { Call, Route } from '../../../http/router.ts'
import { badRequest, missingParameter, notSimulated } from '../../../http/stripe-error.ts'
import type { JsonObject } from '../../../json.ts'
import type { SpecParams } from '../../../params/from-spec.ts'
import type { Params } from '../../../params/param.ts'
import { hash, text } from '../../../params/read.ts'
import { refusing } from '../../../params/refusing.ts'
import { checkUrl } from '../../../params/url.ts'
import { customerParam } from '../../customer/find-customer.ts'
import { found } from '../find.ts'
import { isEnded, subscriptions } from '../subscription-object.ts'
import { defaultConfiguration } from './configurations.ts'
import { portalConfigurations, portalVisits, type PortalSession } from './portal-object.ts'

/** A session that nobody opens is over after five minutes, as Stripe documents (milliseconds). */
const unusedMs = 5 * 60_000

/** What Stripe's portal can do and the page of the sandbox cannot. */
const notHere = [
  'after_expiration',
  'customer_account',
  'on_behalf_of',
  'flow_data.subscription_cancel.retention',
  'flow_data.subscription_pause',
  'flow_data.subscription_update',
  'flow_data.subscription_update_confirm',
]

/** Create; sessions cannot be read again. */
export function portalSessionRoutes(spec: SpecParams): Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/billing_portal/sessions',
      params: refusing(spec('PostBillingPortalSessions'), notHere),
      run: create,
    },
  ]
}

/** What can be expanded on a session. */
export const portalSessionExpanders: { readonly [path: string]: Expansion } = {
  configuration: {
    gives: 'billing_portal.configuration',
    value: ({ realm, object: { configuration: id } }) =>
      typeof id === 'string' ? (realm.table(portalConfigurations).get(id) ?? null) : null,
  },
}

function create({ core, realm, params, origin }: Call): JsonObject {
  checkReturns(params)
  const id = text(params, 'customer')
  if (!id) throw missingParameter('customer')
  const customer = customerParam(realm, id)
  const named = text(params, 'configuration')
  const configuration = named
    ? found(realm, portalConfigurations, 'configuration', named, 'configuration')
    : defaultConfiguration(core, origin)
  if (!configuration.active) {
    throw badRequest(`The configuration ${configuration.id} is not active.`, { param: 'configuration' })
  }
  const secret = `test_${core.random.token(60)}`
  const session: PortalSession = {
    id: core.newId('bps_1', 23),
    object: 'billing_portal.session',
    configuration: configuration.id,
    created: core.clock.seconds(),
    customer: customer.id,
    customer_account: null,
    flow: flowOf({ realm }, hash(params, 'flow_data'), customer.id),
    livemode: realm.livemode,
    locale: text(params, 'locale') ?? null,
    on_behalf_of: null,
    return_url: text(params, 'return_url') ?? configuration.default_return_url,
    url: `${core.baseUrl()}/_sandbox/portal/${secret}`,
  }
  realm.table(portalVisits).put({ id: secret, session, expires: core.clock.now() + unusedMs })
  emit(core, origin, 'billing_portal.session.created', session)
  return session
}

/** People come back by these addresses. */
function checkReturns(params: Params): void {
  const back = text(params, 'return_url')
  if (back) checkUrl(back, 'return_url', { apps: true })
  const after = hash(hash(params, 'flow_data') ?? {}, 'after_completion')
  const redirect = after && hash(after, 'redirect')
  if (redirect) {
    const param = 'flow_data[after_completion][redirect][return_url]'
    checkUrl(text(redirect, 'return_url'), param, { apps: true })
  }
}

function flowOf(
  { realm }: Pick<Call, 'realm'>,
  flow: Params | null | undefined,
  customer: string,
): JsonObject | null {
  if (!flow) return null
  const type = text(flow, 'type') ?? ''
  if (type !== 'payment_method_update' && type !== 'subscription_cancel')
    throw notSimulated(`A portal flow of type ${type}`, 'flow_data[type]')
  const cancel = hash(flow, 'subscription_cancel')
  if (type === 'subscription_cancel' && !cancel) throw missingParameter('flow_data[subscription_cancel]')
  return {
    after_completion: afterCompletion(hash(flow, 'after_completion')),
    customer_update: null,
    subscription_cancel: cancel ? cancelFlow({ realm }, cancel, customer) : null,
    subscription_pause: null,
    subscription_update: null,
    subscription_update_confirm: null,
    type,
  }
}

function cancelFlow({ realm }: Pick<Call, 'realm'>, cancel: Params, customer: string): JsonObject {
  const at = 'flow_data[subscription_cancel][subscription]'
  const subscription = found(realm, subscriptions, 'subscription', text(cancel, 'subscription') ?? '', at)
  if (subscription.customer !== customer || isEnded(subscription)) {
    throw badRequest(`The subscription ${subscription.id} cannot be canceled by this customer.`, {
      param: at,
    })
  }
  return { retention: null, subscription: subscription.id }
}

function afterCompletion(after: Params | null | undefined): JsonObject {
  const confirmation = after && hash(after, 'hosted_confirmation')
  const redirect = after && hash(after, 'redirect')
  return {
    hosted_confirmation: confirmation
      ? { custom_message: text(confirmation, 'custom_message') ?? null }
      : null,
    redirect: redirect ? { return_url: text(redirect, 'return_url') ?? '' } : null,
    type: (after && text(after, 'type')) ?? 'portal_homepage',
  }
}
