// Owns commands: operations that need a Stripe call of their own (PROTOCOL sections 2 and 4). Pure.
// Each kind says which call it makes, what of the answer the API shows, and how an unknown outcome is settled.

import type { CommandCall } from '../customer/document.ts'
import type { CommandBody, CommandKind, Operation, OperationBody } from '../operation/operation.ts'
import type { StripeCall } from '../stripe/stripe-http.ts'
import { z } from 'zod'

/** How a command whose call ended without a known outcome goes on. */
export type Unknown =
  /** Stripe is asked for what the call would have made; if that is absent an hour after the doubt began: a new key. */
  | 'look_up'
  /** An hour later the call is made again under a new key: what it would change can be changed twice unseen. */
  | 'wait'
  /** The same call again: twice is as good as once. */
  | 'repeat'

interface CommandRule<Body extends CommandBody> {
  method: CommandCall['method']
  endpoint: string
  path: (body: Body, stripeId: string) => string
  form: (body: Body, about: { stripeId: string; operationId: string }) => [string, string][]
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

const made = z.looseObject({ id: z.string() })
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
    command.kind === 'credit'
      ? entry.metadata?.[operationMark] === command.operation_id
      : entry.type === sent.get('type') && entry.value === sent.get('value')
  return {
    page,
    read: ({ startingAfter }) => ({
      method: 'GET',
      path: `${command.path}?limit=100${startingAfter === undefined ? '' : `&starting_after=${encodeURIComponent(startingAfter)}`}`,
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
  return JSON.stringify({ id: object.id, ...shown })
}

const shownOf: { [Kind in CommandKind]: readonly string[] } = {
  credit: ['amount', 'currency', 'ending_balance', 'description', 'created'],
  create_tax_id: ['type', 'value', 'country', 'verification'],
  delete_tax_id: ['deleted'],
  attach_payment_method: ['type', 'card'],
  detach_payment_method: ['type', 'card'],
}
