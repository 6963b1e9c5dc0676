/**
 * Owns payment methods: create, read, update, attach, detach, and the lists of a customer.
 * Promises: detaching the default clears it on the customer; a `pm_card_…` name becomes a card of its own wherever it is named.
 */
import type { Core } from '../../core.ts'
import { emitUpdate } from '../../events/emit.ts'
import { listPage } from '../../http/list-page.ts'
import type { Call, Route } from '../../http/router.ts'
import { badRequest, missingResource, notSimulated, StripeError } from '../../http/stripe-error.ts'
import type { JsonObject } from '../../json.ts'
import type { SpecParams } from '../../params/from-spec.ts'
import { text } from '../../params/read.ts'
import { refusing, refusingOthers } from '../../params/refusing.ts'
import type { Realm } from '../../state/store.ts'
import { attach, birth, detach, insertNamed } from './attaching.ts'
import { customers } from './customer-object.ts'
import { customerParam, retainedCustomer } from './find-customer.ts'
import {
  behaviours,
  changedPaymentMethod,
  newPaymentMethod,
  paymentMethods,
  type PaymentMethod,
} from './payment-method-object.ts'
import { updateCustomer } from './save-customer.ts'

const base = '/v1/payment_methods'

const simulated = [
  'allow_redisplay',
  'billing_details',
  'card',
  'customer',
  'expand',
  'metadata',
  'payment_method',
  'sepa_debit',
  'type',
  'us_bank_account',
]
const account = ['customer_account']

/** All routes of payment methods. */
export function paymentMethodRoutes(spec: SpecParams): Route[] {
  const below = '/v1/customers/{id}/payment_methods'
  return [
    {
      method: 'POST',
      path: base,
      params: refusing(refusingOthers(spec('PostPaymentMethods'), simulated), [
        'card.networks',
        'us_bank_account.financial_connections_account',
      ]),
      run: create,
    },
    { method: 'GET', path: base, params: refusing(spec('GetPaymentMethods'), account), run: listAll },
    {
      method: 'GET',
      path: `${base}/{id}`,
      params: spec('GetPaymentMethodsPaymentMethod'),
      run: (call) => methodOf(call),
    },
    {
      method: 'POST',
      path: `${base}/{id}`,
      params: refusing(spec('PostPaymentMethodsPaymentMethod'), ['card.networks']),
      run: update,
    },
    {
      method: 'POST',
      path: `${base}/{id}/attach`,
      params: refusing(spec('PostPaymentMethodsPaymentMethodAttach'), account),
      run: attachRoute,
    },
    {
      method: 'POST',
      path: `${base}/{id}/detach`,
      params: spec('PostPaymentMethodsPaymentMethodDetach'),
      run: detachRoute,
    },
    { method: 'GET', path: below, params: spec('GetCustomersCustomerPaymentMethods'), run: listOfCustomer },
    {
      method: 'GET',
      path: '/v1/customers/{customerId}/payment_methods/{id}',
      params: spec('GetCustomersCustomerPaymentMethodsPaymentMethod'),
      run: (call) => {
        const { id } = retainedCustomer(call, 'customerId')
        const method = methodOf(call)
        // Recorded: one of another customer is not "no such …" but this.
        if (method.customer !== id)
          throw new StripeError(404, { message: 'Invalid request', param: 'customer' })
        return method
      },
    },
  ]
}

function create({ core, realm, params }: Call): JsonObject {
  if (text(params, 'payment_method'))
    throw notSimulated('Cloning a payment method to a connected account', 'payment_method')
  if (text(params, 'customer')) {
    throw badRequest(
      'You cannot attach a PaymentMethod to a Customer during PaymentMethod creation. Please instead create the PaymentMethod and then ' +
        'attach it using the attachment method of the PaymentMethods API.',
    )
  }
  const { method, behaviour } = newPaymentMethod(birth(core, realm), params)
  realm.table(paymentMethods).put(method)
  realm.table(behaviours).put(behaviour)
  return method
}

function update(call: Call): JsonObject {
  const { core, realm, params, origin } = call
  const before = methodOf(call)
  if (before.customer === null) {
    throw badRequest('You must save this PaymentMethod to a customer before you can update it.')
  }
  const after = changedPaymentMethod(before, params, core.clock.seconds())
  realm.table(paymentMethods).put(after)
  emitUpdate(core, origin, 'payment_method.updated', before, after)
  return after
}

function attachRoute({ core, realm, params, origin, ids: { id = '' } }: Call): JsonObject {
  const customer = text(params, 'customer')
  // Recorded: two parameters would do, so none is named.
  if (!customer) throw badRequest('Must provide customer or customer_account.', { code: 'parameter_missing' })
  return attach(core, origin, id, customerParam(realm, customer).id)
}

function detachRoute(call: Call): JsonObject {
  const before = methodOf(call)
  if (before.customer === null) {
    throw badRequest(
      'The payment method you provided is not attached to a customer so detachment is impossible.',
    )
  }
  const after = detach(call.core, call.origin, before)
  clearDefault(call.core, call, before)
  return after
}

function clearDefault(core: Core, { origin, realm }: Call, before: PaymentMethod): void {
  const owner = before.customer === null ? undefined : realm.table(customers).get(before.customer)
  if (owner?.invoice_settings.default_payment_method === before.id) {
    updateCustomer(core, origin, owner, {
      ...owner,
      invoice_settings: { ...owner.invoice_settings, default_payment_method: null },
    })
  }
}

function listAll({ realm, params }: Call): JsonObject {
  const customer = text(params, 'customer')
  // Recorded: without a customer there is nothing to list.
  const group = customer ? customerParam(realm, customer).id : ''
  return page(realm, params, group, base)
}

function listOfCustomer(call: Call): JsonObject {
  const { id } = retainedCustomer(call, 'id')
  return page(call.realm, call.params, id, `/v1/customers/${id}/payment_methods`)
}

function page(realm: Realm, params: Call['params'], group: string, url: string): JsonObject {
  const type = text(params, 'type')
  const display = text(params, 'allow_redisplay')
  return listPage({
    table: realm.table(paymentMethods),
    params,
    url,
    kind: 'PaymentMethod',
    group,
    where: (method) => (!type || method.type === type) && (!display || method.allow_redisplay === display),
  })
}

function methodOf({ core, realm, ids: { id = '' } }: Call): PaymentMethod {
  const method = realm.table(paymentMethods).get(id) ?? insertNamed(core, realm, id)
  if (!method) throw missingResource('PaymentMethod', id)
  return method
}
