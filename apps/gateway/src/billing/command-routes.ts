// Owns the routes of the commands: writes that Stripe must carry out (credits, tax ids, payment methods, subscriptions, portal
// sessions, usage). Promises: each is one durable operation; its answer is what Stripe made of it, and a refusal carries Stripe's
// own code.

import type { Clock, Random } from '@lockstep/domain/clock/clock'
import type { ErrorCode } from '@lockstep/domain/error/catalogue'
import type { OperationBody } from '@lockstep/domain/operation/operation'
import { z } from 'zod'
import { customerParams } from '../customers/customer-id.ts'
import { apiRoute, type Route } from '../http/route.ts'
import type { WriteOperation, WriteRequest } from '../operations/write-operation.ts'
import { changeHeaders, writeRefusals } from '../operations/write-shape.ts'
import {
  commandAnswers,
  creditAnswered,
  defaultSet,
  mirroredAnswered,
  paymentMethodMoved,
  portalAnswered,
  taxIdDeleted,
  taxIdMade,
  usageReported,
} from './billing-answers.ts'
import {
  attachRequest,
  creditRequest,
  defaultRequest,
  paymentMethodId,
  portalRequest,
  subscriptionRequest,
  taxIdRequest,
  usageRequest,
} from './billing-requests.ts'

export interface CommandRoutesDeps {
  write: WriteOperation
  clock: Pick<Clock, 'now'>
  random: Pick<Random, 'uuid'>
}

const refuses = [
  ...writeRefusals,
  'version_mismatch',
  'not_allowed_in_state',
  'not_linked',
  'link_lost',
  'outcome_unknown',
  'cancelled',
  'stripe_refused',
] as const satisfies ErrorCode[]

const route = { group: 'billing', scope: 'customers', refuses } as const
const accepts = { params: customerParams, headers: changeHeaders } as const
const noBody = z.strictObject({}).optional()

/** Every command's route. */
export function commandRoutes({ write, clock, random }: CommandRoutesDeps): Route[] {
  const command = (
    request: WriteRequest & { params: { id: string } },
    below: string,
    body: OperationBody,
  ) => {
    const customerId = request.params.id
    return write(request, { customerId, resource: `/v1/customers/${customerId}/${below}`, body })
  }
  return [
    apiRoute({
      ...route,
      method: 'POST',
      path: '/v1/customers/:id/credit',
      name: 'credit_customer',
      does: 'Gives a credit (negative) or charges the balance (positive), exactly once.',
      accepts: { ...accepts, body: creditRequest },
      answers: commandAnswers('Carried out: the transaction.', creditAnswered),
      handle: (request) => command(request, 'credit', { kind: 'credit', ...request.body }),
    }),
    apiRoute({
      ...route,
      method: 'POST',
      path: '/v1/customers/:id/payment-methods',
      name: 'attach_payment_method',
      does: 'Attaches a payment method that was made at Stripe.',
      accepts: { ...accepts, body: attachRequest },
      answers: commandAnswers('Carried out: it is attached.', paymentMethodMoved),
      handle: (request) =>
        command(request, 'payment-methods', { kind: 'attach_payment_method', ...request.body }),
    }),
    apiRoute({
      ...route,
      method: 'DELETE',
      path: '/v1/customers/:id/payment-methods/:method',
      name: 'detach_payment_method',
      does: 'Detaches a payment method.',
      accepts: { ...accepts, params: customerParams.extend({ method: paymentMethodId }), body: noBody },
      answers: commandAnswers('Carried out: it is detached.', paymentMethodMoved),
      handle: (request) => {
        const { method: payment_method } = request.params
        return command(request, `payment-methods/${payment_method}`, {
          kind: 'detach_payment_method',
          payment_method,
        })
      },
    }),
    apiRoute({
      ...route,
      method: 'PUT',
      path: '/v1/customers/:id/default-payment-method',
      name: 'set_default_payment_method',
      does: 'Sets what invoices are paid by; `null`: nothing any more.',
      accepts: { ...accepts, body: defaultRequest },
      answers: commandAnswers('Carried out.', defaultSet),
      handle: (request) =>
        command(request, 'default-payment-method', {
          kind: 'set_default_payment_method',
          ...request.body,
        }),
    }),
    apiRoute({
      ...route,
      method: 'POST',
      path: '/v1/customers/:id/tax-ids',
      name: 'create_tax_id',
      does: 'Adds a tax id; Stripe verifies it later.',
      accepts: { ...accepts, body: taxIdRequest },
      answers: commandAnswers('Carried out: the tax id.', taxIdMade),
      handle: (request) => command(request, 'tax-ids', { kind: 'create_tax_id', ...request.body }),
    }),
    apiRoute({
      ...route,
      method: 'DELETE',
      path: '/v1/customers/:id/tax-ids/:tax_id',
      name: 'delete_tax_id',
      does: 'Removes a tax id.',
      accepts: {
        ...accepts,
        params: customerParams.extend({ tax_id: z.string().regex(/^[\w-]{1,255}$/) }),
        body: noBody,
      },
      answers: commandAnswers('Carried out.', taxIdDeleted),
      handle: (request) => {
        const { tax_id } = request.params
        return command(request, `tax-ids/${tax_id}`, { kind: 'delete_tax_id', tax_id })
      },
    }),
    apiRoute({
      ...route,
      method: 'POST',
      path: '/v1/customers/:id/subscriptions',
      name: 'create_subscription',
      does: 'Subscribes the customer to prices, exactly once.',
      accepts: { ...accepts, body: subscriptionRequest },
      answers: commandAnswers('Carried out: the subscription.', mirroredAnswered.subscription),
      handle: (request) => {
        const { metadata, ...rest } = request.body
        const entries = Object.entries(metadata).map(([k, v]) => ({ k, v }))
        return command(request, 'subscriptions', {
          kind: 'create_subscription',
          ...rest,
          metadata: entries,
        })
      },
    }),
    apiRoute({
      ...route,
      method: 'POST',
      path: '/v1/customers/:id/portal',
      name: 'create_portal_session',
      does: 'Makes a link to Stripe’s billing portal; it can be read here for five minutes.',
      accepts: { ...accepts, body: portalRequest },
      answers: commandAnswers('Carried out: the link.', portalAnswered),
      handle: (request) => command(request, 'portal', { kind: 'create_portal_session', ...request.body }),
    }),
    apiRoute({
      ...route,
      method: 'POST',
      path: '/v1/customers/:id/usage',
      name: 'report_usage',
      does: 'Reports metered usage; an `identifier` counts once.',
      accepts: { ...accepts, body: usageRequest },
      answers: commandAnswers('Carried out.', usageReported),
      handle: (request) => {
        const { event_name, value, identifier = random.uuid(), timestamp } = request.body
        const at = Math.floor((timestamp === undefined ? clock.now() : Date.parse(timestamp)) / 1000)
        return command(request, 'usage', { kind: 'report_usage', event_name, value, identifier, at })
      },
    }),
  ]
}
