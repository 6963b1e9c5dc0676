/**
 * Owns the attaching of payment methods to customers, and their leaving.
 * Promises: a declining test card is 402 at attach; attaching twice is fine; a detached card is never used again, unless a setting says so.
 */
import { createHash } from 'node:crypto'
import type { Core } from '../../core.ts'
import { emit, type Origin } from '../../events/emit.ts'
import { badRequest, missingResource, notSimulated } from '../../http/stripe-error.ts'
import type { Realm } from '../../state/store.ts'
import type { Customer } from './customer-object.ts'
import {
  attachedTo,
  behaviours,
  declined,
  namedPaymentMethod,
  paymentMethods,
  type PaymentMethod,
} from './payment-method-object.ts'

/**
 * Attaches a payment method, or the card that a `pm_card_…` name stands for, to a customer.
 * Throws 402 for a card that declines, 400 for one that belongs to somebody else or was detached.
 */
export function attach(
  core: Core,
  origin: Origin,
  id: string,
  customer: string,
  param?: string,
): PaymentMethod {
  const { realm } = origin
  const before = realm.table(paymentMethods).get(id) ?? insertNamed(core, realm, id)
  if (!before) throw missingResource('PaymentMethod', id, param)
  if (before.customer === customer) return before
  if (before.customer !== null)
    throw badRequest('The payment method you provided has already been attached to a customer.')
  const behaviour = realm.table(behaviours).get(before.id)
  if (behaviour?.detached && core.settings.detached_payment_method === 'spent') {
    throw badRequest(
      'This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.',
    )
  }
  // Recorded: the error names no parameter, and yet has one.
  if (behaviour?.attach) throw declined(behaviour.attach, { param: '' })
  const after = attachedTo(customer, before)
  realm.table(paymentMethods).put(after)
  emit(core, origin, 'payment_method.attached', after)
  return after
}

/** Detaches a payment method from its customer. */
export function detach(core: Core, origin: Origin, before: PaymentMethod): PaymentMethod {
  const { realm } = origin
  const after = { ...before, customer: null }
  realm.table(paymentMethods).put(after)
  const behaviour = realm.table(behaviours).get(before.id)
  if (behaviour) realm.table(behaviours).put({ ...behaviour, detached: true })
  // Recorded: the only event that is no update and yet has previous_attributes.
  emit(core, origin, 'payment_method.detached', after, { customer: before.customer })
  return after
}

/** Detaches all of a customer that goes; the customer is left as it was, for its last event. */
export function detachAll(core: Core, origin: Origin, customer: string): void {
  // All are read first: a detached one leaves the group that is walked.
  const attached = Array.from(origin.realm.table(paymentMethods).oldestFirst(undefined, customer))
  for (const method of attached) detach(core, origin, method)
}

/** Refuses a default payment method that is not the customer's. */
export function checkDefault(realm: Realm, customer: Customer, before: string | null): void {
  const id = customer.invoice_settings.default_payment_method
  if (id === null || id === before) return
  if (realm.table(paymentMethods).get(id)?.customer === customer.id) return
  throw badRequest(
    `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    { code: 'resource_missing', param: 'invoice_settings[default_payment_method]' },
  )
}

/** What a new payment method is born with. */
export function birth(core: Core, realm: Realm) {
  return {
    id: core.newId('pm_1', 23),
    created: core.clock.seconds(),
    livemode: realm.livemode,
    fingerprint: (of: string) => fingerprint(realm.account, of),
  }
}

/** The same number is the same card to an account, as recorded; another account sees another fingerprint. */
function fingerprint(account: string, of: string): string {
  const hash = createHash('sha256').update(`${account} ${of}`).digest('base64')
  return hash.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 16)
}

/** Makes the payment method that a `pm_card_…` name stands for; undefined if it is no such name. Throws 400 for one that is not simulated. */
export function insertNamed(core: Core, realm: Realm, name: string): PaymentMethod | undefined {
  const made = namedPaymentMethod(birth(core, realm), name)
  if (!made && name.startsWith('pm_card_')) throw notSimulated(`The test card ${name}`, 'payment_method')
  if (!made) return undefined
  realm.table(paymentMethods).put(made.method)
  realm.table(behaviours).put(made.behaviour)
  return made.method
}
