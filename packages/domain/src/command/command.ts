// Owns commands: operations that need a Stripe call of their own (PROTOCOL sections 2 and 4). Pure.
// Each kind says which call it makes, what of the answer the API shows, and how an unknown outcome is settled.

import type { CommandCall } from '../customer/document.ts'
import type { UsageReport } from '../customer/usage.ts'
import type { CommandBody, CommandKind, Operation, OperationBody } from '../operation/operation.ts'
import type { StripeCall } from '../stripe/stripe-http.ts'
import { mirrorShows } from '../mirror/kinds.ts'
import { z } from 'zod'

/** How a command whose call ended without a known outcome goes on. */
export type Unknown =
  /** Stripe is asked for what the call would have made; if that is absent an hour after the doubt began: a new key. */
  | 'look_up'
  /** An hour later the call is made again under a new key: what it would change can be changed twice unseen. */
  | 'wait'
  /** The same call again: twice is as good as once. */
  | 'repeat'
  /** The same under a new key, at once: what it does a second time changes nothing, and a stored 500 would stay for ever. */
  | 'anew'
  /** As `anew`; that Stripe knows it already says that it is done. Once Stripe may have forgotten, a person must look. */
  | 'deduped'

interface CommandRule<Body extends CommandBody> {
  method: CommandCall['method']
  endpoint: string
  path: (body: Body, stripeId: string) => string
  form: (body: Body, about: { stripeId: string; operationId: string }) => [string, string][]
  /** The list in which a look-up finds what it made; without it, its own path is that list. */
  lookUp?: (stripeId: string) => string
  unknown: Unknown
}

type Rules = { [Kind in CommandKind]: CommandRule<Extract<CommandBody, { kind: Kind }>> }

const below = (stripeId: string) => `/v1/customers/${encodeURIComponent(stripeId)}`
const method = (id: string) => `/v1/payment_methods/${encodeURIComponent(id)}`

const rules: Rules = {
  credit: {
    method: 'POST',
    endpoint: '/v1/customers/{id}/balance_transactions',
    path: (_body, stripeId) => `${below(stripeId)}/balance_transactions`,
    form: ({ amount, currency, reason }, { operationId }) => [
      ['amount', String(amount)],
      ['currency', currency],
      ...(reason === null ? [] : [['description', reason] as [string, string]]),
      [`metadata[${operationMark}]`, operationId],
    ],
    unknown: 'look_up',
  },
  create_tax_id: {
    method: 'POST',
    endpoint: '/v1/customers/{id}/tax_ids',
    path: (_body, stripeId) => `${below(stripeId)}/tax_ids`,
    form: ({ type, value }) => [
      ['type', type],
      ['value', value],
    ],
    unknown: 'look_up',
  },
  delete_tax_id: {
    method: 'DELETE',
    endpoint: '/v1/customers/{id}/tax_ids/{id}',
    path: ({ tax_id }, stripeId) => `${below(stripeId)}/tax_ids/${encodeURIComponent(tax_id)}`,
    form: () => [],
    unknown: 'repeat',
  },
  attach_payment_method: {
    method: 'POST',
    endpoint: '/v1/payment_methods/{id}/attach',
    path: ({ payment_method }) => `${method(payment_method)}/attach`,
    form: (_body, { stripeId }) => [['customer', stripeId]],
    unknown: 'wait',
  },
  detach_payment_method: {
    method: 'POST',
    endpoint: '/v1/payment_methods/{id}/detach',
    path: ({ payment_method }) => `${method(payment_method)}/detach`,
    form: () => [],
    unknown: 'wait',
  },
  set_default_payment_method: {
    method: 'POST',
    endpoint: '/v1/customers/{id}',
    path: (_body, stripeId) => below(stripeId),
    form: ({ payment_method }) => [['invoice_settings[default_payment_method]', payment_method ?? '']],
    unknown: 'anew',
  },
  create_subscription: {
    method: 'POST',
    endpoint: '/v1/subscriptions',
    path: () => '/v1/subscriptions',
    form: (body, { stripeId, operationId }) => [
      ['customer', stripeId],
      ...body.items.flatMap(({ price, quantity }, index): [string, string][] => [
        [`items[${index}][price]`, price],
        ...(quantity === null ? [] : [[`items[${index}][quantity]`, String(quantity)] as [string, string]]),
      ]),
      ...optional('trial_period_days', body.trial_days),
      ...optional('default_payment_method', body.default_payment_method),
      ...body.metadata.map(({ k, v }): [string, string] => [`metadata[${k}]`, v]),
      [`metadata[${operationMark}]`, operationId],
    ],
    lookUp: (stripeId) => `/v1/subscriptions?customer=${encodeURIComponent(stripeId)}&status=all`,
    unknown: 'look_up',
  },
  create_portal_session: {
    method: 'POST',
    endpoint: '/v1/billing_portal/sessions',
    path: () => '/v1/billing_portal/sessions',
    form: ({ return_url }, { stripeId }) => [
      ['customer', stripeId],
      ['return_url', return_url],
    ],
    unknown: 'anew',
  },
  report_usage: {
    method: 'POST',
    endpoint: '/v1/billing/meter_events',
    path: () => '/v1/billing/meter_events',
    form: ({ event_name, value, identifier, at }, { stripeId }) => [
      ['event_name', event_name],
      ['identifier', identifier],
      ['timestamp', String(at)],
      // The names that a meter reads by default (docs.stripe.com/api/billing/meter/create).
      ['payload[stripe_customer_id]', stripeId],
      ['payload[value]', String(value)],
    ],
    unknown: 'deduped',
  },
}

function optional(name: string, value: string | number | null): [string, string][] {
  return value === null ? [] : [[name, String(value)]]
}

/** Where an operation leaves its mark at Stripe, so that a look-up finds what it made. */
const operationMark = 'lockstep_operation'

/** True for a body that needs a Stripe call of its own. */
export function isCommand(body: OperationBody): body is CommandBody {
  return Object.hasOwn(rules, body.kind)
}

/** The call of a command, and its parameters. */
export function commandCall(
  { _id: operationId }: Pick<Operation, '_id'>,
  body: CommandBody,
  stripeId: string,
): { call: CommandCall; form: [string, string][] } {
  // A kind and its own rule: the table pairs them, which a union cannot express.
  const rule = rules[body.kind] as CommandRule<CommandBody>
  const call: CommandCall = {
    operation_id: operationId,
    kind: body.kind,
    method: rule.method,
    path: rule.path(body, stripeId),
    endpoint: `${rule.method} ${rule.endpoint}`,
  }
  return { call, form: rule.form(body, { stripeId, operationId }) }
}

/** How an unknown outcome of this kind is settled. */
export function unknownOf(kind: CommandKind): Unknown {
  return rules[kind].unknown
}

const made = z.looseObject({ id: z.string().optional() })
const page = z.object({
  data: z.array(
    z.looseObject({
      id: z.string(),
      type: z.string().nullish(),
      value: z.string().nullish(),
      metadata: z.record(z.string(), z.string()).nullish(),
    }),
  ),
  has_more: z.boolean(),
})
type Listed = z.infer<typeof page>['data'][number]

/** The list in which a look-up finds what a command made, and which entry that is. */
export interface CommandLookUp {
  page: typeof page
  read: (cursor: { startingAfter?: string }) => StripeCall
  isIt: (entry: Listed) => boolean
}

/** The look-up of a command whose outcome is unknown; null where only waiting helps. */
export function commandLookUp(
  command: CommandCall,
  form: readonly (readonly [string, string])[],
): CommandLookUp | null {
  if (unknownOf(command.kind) !== 'look_up') return null
  const sent = new Map(form)
  const isIt = (entry: Listed) =>
    command.kind === 'create_tax_id'
      ? entry.type === sent.get('type') && entry.value === sent.get('value')
      : entry.metadata?.[operationMark] === command.operation_id
  const path = rules[command.kind].lookUp?.(sent.get('customer') ?? '') ?? command.path
  return {
    page,
    read: ({ startingAfter }) => ({
      method: 'GET',
      path: `${path}${path.includes('?') ? '&' : '?'}limit=100${startingAfter === undefined ? '' : `&starting_after=${encodeURIComponent(startingAfter)}`}`,
      endpoint: command.endpoint.replace('POST', 'GET'),
    }),
    isIt,
  }
}

/** Did a refused attach or detach find its effect done already? `shown` is the payment method as Stripe has it now. */
export function tookEffect(kind: CommandKind, shown: unknown, stripeId: string): boolean {
  const { customer } = z.object({ customer: z.string().nullish() }).parse(shown)
  if (kind === 'attach_payment_method') return customer === stripeId
  return kind === 'detach_payment_method' && (customer ?? null) === null
}

/** What the API shows of Stripe's answer to a command, as JSON text. */
export function resultOf(kind: CommandKind, body: unknown): string {
  const object = made.parse(body)
  const shown = Object.fromEntries(shownOf[kind].map((name) => [name, object[name] ?? null]))
  return JSON.stringify({ ...(object.id !== undefined && { id: object.id }), ...shown })
}

/** Does this refusal of a repeat say that the first call took effect? Stripe gives it no code: the parameter tells. */
export function saysDone({ kind }: CommandCall, param: string | null): boolean {
  return unknownOf(kind) === 'deduped' && param === 'identifier'
}

/** What the API shows of a usage that Stripe had counted before. */
export function resultOfRepeated(form: readonly (readonly [string, string])[]): string {
  const { event_name, value, at: timestamp } = usageOf(form)
  return JSON.stringify({ event_name, identifier: new Map(form).get('identifier'), value, timestamp })
}

/** What a report of usage told Stripe. */
export function usageOf(form: readonly (readonly [string, string])[]): UsageReport {
  const sent = new Map(form)
  return {
    event_name: sent.get('event_name') ?? '',
    value: Number(sent.get('payload[value]')),
    at: Number(sent.get('timestamp')),
  }
}

const shownOf: { [Kind in CommandKind]: readonly string[] } = {
  credit: ['amount', 'currency', 'ending_balance', 'description', 'created'],
  create_tax_id: ['type', 'value', 'country', 'verification'],
  delete_tax_id: ['deleted'],
  attach_payment_method: ['type', 'card'],
  detach_payment_method: ['type', 'card'],
  set_default_payment_method: [],
  create_subscription: mirrorShows('subscription'),
  // The link itself is a way in: it lives elsewhere, and not for long.
  create_portal_session: ['return_url', 'created'],
  report_usage: ['event_name', 'identifier', 'timestamp'],
}
