/**
 * Owns the knobs of the sandbox: their names (the same in TypeScript, over HTTP and in the README), defaults, checks and descriptions.
 * Promises: a value that is read from here has passed its check; an unknown name or bad value is refused with a text that names it.
 * Settings whose description begins with "Unverified:" stand for something that Stripe does not document.
 */

import { flag, formed, oneOf, seconds, span, text, whole, wholeOrNull } from './setting-kinds.ts'

/** Every setting, in the order of the README's table. */
export const settingTable = {
  limits: oneOf(
    ['off', 'sandbox', 'live'],
    'sandbox',
    'Rate limits: none, those of a sandbox account (25/s) or of a live one (100/s); 25/s for each endpoint.',
  ),
  account_limit: wholeOrNull(null, 'Requests per sliding second for the account; null: by `limits`.'),
  endpoint_limit: wholeOrNull(
    null,
    'Requests per sliding second for one endpoint (verb and path template); null: by `limits` (25).',
  ),
  search_limit: whole(
    20,
    'Requests per sliding second for all search endpoints together, when limits are on.',
  ),
  account_concurrency: wholeOrNull(
    null,
    'Requests in flight for the account; null: no limit. Unverified: Stripe has one, its number is not published.',
  ),
  endpoint_concurrency: wholeOrNull(
    null,
    'Requests in flight for one endpoint; null: no limit. Unverified as above.',
  ),
  object_lock: oneOf(
    ['wait', 'refuse'],
    'wait',
    'Two writes to one object at once: the second simply comes second, or is refused with 429 lock_timeout.',
  ),
  latency: span(
    [60, 120],
    'Milliseconds between arrival and answer, drawn evenly; the effect happens somewhere in between. 0: none.',
  ),
  account: formed(
    /^acct_\w+$/,
    'the id of an account, acct_…',
    'acct_1LockstepSandbox',
    'The account behind every key that is not bound to another.',
  ),
  default_currency: formed(
    /^[a-z]{3}$/,
    'three small letters, as ISO 4217 has them',
    'usd',
    'The currency of the account.',
  ),
  keys: oneOf(
    ['any', 'bound'],
    'any',
    'any: every well-formed sk_ or rk_ key is accepted; bound: only keys that were bound to an account.',
  ),
  idempotency_prune_seconds: whole(
    86_400,
    'Age at which an idempotency key is forgotten. Stripe promises at least 24 h.',
  ),
  idempotency_scope: oneOf(
    ['account', 'endpoint'],
    'account',
    'Unverified: whether a key used on another endpoint is a mismatch (account) or another key (endpoint).',
  ),
  in_use_error_type: oneOf(
    ['invalid_request_error', 'idempotency_error', 'api_error'],
    'invalid_request_error',
    'Unverified: error.type of a 409 while the same key is in flight.',
  ),
  in_use_message: text(
    'There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other ' +
      'request is still going through): {key}. Please try again later.',
    'Unverified: the text for it; {key} stands for the key.',
  ),
  gateway_errors_kept: flag(
    false,
    'Unverified: whether the answer of a `status` fault (502, 503, 504 …) is kept for the idempotency key.',
  ),
  too_long_code: text('', 'Unverified: error.code for a value that is too long; empty: none.'),
  too_long_message: text(
    'Invalid string: {value}; must be at most {max} characters',
    'Unverified: the text for it; {value} stands for the first and last four characters, {max} for the limit.',
  ),
  email_invalid_message: text(
    'Invalid email address: {value}',
    'Unverified: the text for a bad e-mail address; {value} stands for it.',
  ),
  rate_limit_error_type: oneOf(
    ['invalid_request_error', 'api_error'],
    'invalid_request_error',
    'Unverified: error.type of a limiter 429.',
  ),
  rate_limit_retry_after: wholeOrNull(
    null,
    'Unverified: the Retry-After header of a limiter 429, in seconds; null: none, as none is documented.',
  ),
  rate_limit_should_retry: oneOf(
    ['absent', 'true', 'false'],
    'absent',
    'Unverified: the Stripe-Should-Retry header of a limiter 429.',
  ),
  deleted_customer_update: oneOf(
    ['missing', 'refused'],
    'missing',
    'Unverified: POST on a deleted customer: 404 resource_missing, or 400.',
  ),
  deleted_customer_delete: oneOf(
    ['missing', 'again'],
    'missing',
    'Unverified: DELETE of a deleted customer: 404 resource_missing, or the stub again.',
  ),
  event_on_no_change: flag(false, 'Unverified: whether an update that changes nothing emits an event.'),
  previous_attributes_nested: oneOf(
    ['leaf', 'whole'],
    'leaf',
    'Unverified: nested objects in previous_attributes: only the members that changed, or whole.',
  ),
  search_lag_seconds: whole(
    60,
    'Seconds on the sandbox clock after which search sees a write. Stripe: usually under a minute, in an outage an hour.',
  ),
  search_fields: text(
    'created,email,metadata,name,phone',
    'Unverified: the fields of a customer that search knows, as a complete list.',
  ),
  balance_transaction_updates_customer: flag(
    true,
    'Unverified: whether a balance transaction emits customer.updated with previous_attributes.balance.',
  ),
  detached_payment_method: oneOf(
    ['spent', 'attachable'],
    'spent',
    'Unverified for every kind: whether a payment method that was detached may never be attached again.',
  ),
  tax_id_verification_seconds: whole(
    5,
    'Seconds on the sandbox clock after which a pending tax id is verified, with customer.tax_id.updated.',
  ),
  tax_ids_max: wholeOrNull(null, 'Unverified: how many tax ids a customer may have; null: no limit.'),
  invoice_finalize_seconds: whole(
    3600,
    'Seconds on the sandbox clock between the draft of a recurring invoice and its finalising and collection.',
  ),
  invoice_upcoming_days: wholeOrNull(
    7,
    'Days before the next invoice of a subscription on which invoice.upcoming tells of it (an account setting at Stripe); null: never.',
  ),
  invoice_upcoming_id: oneOf(
    ['absent', 'upcoming_in'],
    'absent',
    'Unverified: whether the invoice of invoice.upcoming, which is kept nowhere, has no id or one that begins with upcoming_in.',
  ),
  invoice_will_be_due_days: wholeOrNull(
    null,
    'Days before a sent invoice is due on which invoice.will_be_due tells of it (an automation at Stripe); null: never.',
  ),
  payment_retry_seconds: seconds(
    [259_200, 432_000, 604_800],
    'Waits before the next attempts to collect an unpaid recurring invoice (an account setting at Stripe).',
  ),
  payment_retry_end: oneOf(
    ['cancel', 'unpaid', 'past_due'],
    'cancel',
    'What becomes of a subscription whose invoice was tried for the last time (an account setting at Stripe).',
  ),
  webhook_delay: span([0, 0], 'Milliseconds between an effect and the first delivery of its events.'),
  webhook_retry_seconds: seconds(
    [3600, 7200],
    'Unverified: waits before the second, third … attempt (a sandbox tries 3 times over a few hours).',
  ),
  webhook_live_retry_seconds: seconds(
    [300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400, 76_800, 76_800],
    'Unverified: the same in live mode (up to 3 days with exponential back-off).',
  ),
  webhook_disable_days: wholeOrNull(
    null,
    'Unverified: days of nothing but failed attempts after which an endpoint is disabled ("several" at Stripe); null: never.',
  ),
  webhook_redirect: oneOf(
    ['failed', 'taken'],
    'failed',
    'Unverified: whether a receiver that answers with a redirect failed or took the event; it is never followed.',
  ),
  webhook_timeout_ms: whole(10_000, 'Unverified: milliseconds that a webhook receiver may take to answer.'),
  thin_event_body_reason: flag(
    false,
    'Unverified: whether the body that a thin destination receives already carries `reason`.',
  ),
  signature_clock: oneOf(
    ['wall', 'sandbox'],
    'wall',
    'Which clock signs webhooks: receivers check the age against the wall clock, also when the sandbox clock was advanced.',
  ),
  event_retention_days: whole(30, 'Days on the sandbox clock for which events can be listed and retrieved.'),
  request_log_size: whole(
    10_000,
    'Requests and deliveries kept for /_sandbox/requests and /_sandbox/deliveries.',
  ),
}

/** All settings with their present values. */
export type SandboxSettings = {
  [Name in keyof typeof settingTable]: ReturnType<(typeof settingTable)[Name]['parse']>
}

/** The defaults, as a fresh object that the caller may change. */
export function defaultSettings(): SandboxSettings {
  const values = Object.fromEntries(
    Object.entries(settingTable).map(([name, setting]) => [name, setting.initial]),
  )
  // Object.fromEntries forgets the names; they come from the same table as the type.
  return values as SandboxSettings
}

/** Checks and applies changes, all or none. Throws an Error that names each bad or unknown setting. */
export function changeSettings(
  settings: SandboxSettings,
  changes: { readonly [name: string]: unknown },
): void {
  const problems: string[] = []
  const checked: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) continue
    const setting = Object.hasOwn(settingTable, name)
      ? Object.entries(settingTable).find(([known]) => known === name)?.[1]
      : undefined
    if (!setting) {
      problems.push(`unknown setting: ${name}`)
      continue
    }
    try {
      checked[name] = setting.parse(value)
    } catch (error) {
      problems.push(`${name} ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (problems.length > 0) throw new Error(problems.join('; '))
  Object.assign(settings, checked)
}
