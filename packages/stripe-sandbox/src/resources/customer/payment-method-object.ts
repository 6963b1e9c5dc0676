/**
 * Owns the payment method as an object, and the cards behind it.
 * Promises: pure; every member that Stripe answers is there; how a card behaves is kept apart from what is shown of it.
 */
import { missingParameter, StripeError } from '../../http/stripe-error.ts'
import { isJsonObject, type JsonObject, type Metadata } from '../../json.ts'
import { mergeMetadata, noMetadata } from '../../params/metadata.ts'
import type { Params } from '../../params/param.ts'
import { hash, integer, text } from '../../params/read.ts'
import type { TableKey } from '../../state/table.ts'
import { changedAddress, type Address } from './customer-object.ts'
import { detailsOf, expiry, namedCardDetails, type MethodBirth } from './method-details.ts'
import { namedTestCard, type Decline, type TestCard } from './test-cards.ts'

/** Who pays. */
export type BillingDetails = {
  readonly address: Address
  readonly email: string | null
  readonly name: string | null
  readonly phone: string | null
  readonly tax_id: string | null
}

/** A payment method as the API shows it; the details stand under the name of its type. */
export type PaymentMethod = {
  readonly id: string
  readonly object: 'payment_method'
  readonly allow_redisplay: string
  readonly billing_details: BillingDetails
  readonly card?: JsonObject
  readonly created: number
  readonly customer: string | null
  readonly customer_account: null
  readonly livemode: boolean
  readonly metadata: Metadata
  readonly sepa_debit?: JsonObject
  readonly type: string
  readonly us_bank_account?: JsonObject
}

/** What a payment method does that is not shown. `detached`: it was, and may not be used again. */
export type Behaviour = {
  readonly id: string
  readonly attach: Decline | null
  readonly charge: Decline | null
  readonly detached: boolean
}

/** The table of payment methods, by customer. */
export const paymentMethods: TableKey<PaymentMethod> = {
  name: 'payment_methods',
  groupOf: ({ customer }) => customer,
}
/** How each behaves. */
export const behaviours: TableKey<Behaviour> = { name: 'payment_method_behaviours' }

const noAddress: Address = {
  city: null,
  country: null,
  line1: null,
  line2: null,
  postal_code: null,
  state: null,
}

/** A payment method and its behaviour from the parameters of a create. Throws a card error for an impossible card. */
export function newPaymentMethod(
  birth: MethodBirth,
  params: Params,
): { method: PaymentMethod; behaviour: Behaviour } {
  const type = text(params, 'type')
  if (!type) throw missingParameter('type')
  const { details, card } = detailsOf(type, params, birth)
  const base = blank(birth, type, details)
  const billing = changedBilling(base.billing_details, hash(params, 'billing_details'))
  return {
    method: {
      ...base,
      allow_redisplay: text(params, 'allow_redisplay') ?? 'unspecified',
      billing_details: billing,
      metadata: mergeMetadata(noMetadata, params['metadata']),
    },
    behaviour: behaviourOf(birth.id, card),
  }
}

/** A payment method that a `pm_card_…` name or a token stands for; undefined if it stands for none. */
export function namedPaymentMethod(
  birth: MethodBirth,
  name: string,
): { method: PaymentMethod; behaviour: Behaviour } | undefined {
  const card = namedTestCard(name)
  if (!card) return undefined
  return {
    method: blank(birth, 'card', namedCardDetails(card, birth)),
    behaviour: behaviourOf(birth.id, card),
  }
}

/** The payment method after an update at `now` (seconds). Throws a card error for an expiry that cannot be. */
export function changedPaymentMethod(before: PaymentMethod, params: Params, now: number): PaymentMethod {
  const card = hash(params, 'card')
  const bank = hash(params, 'us_bank_account')
  return {
    ...before,
    allow_redisplay: text(params, 'allow_redisplay') ?? before.allow_redisplay,
    billing_details: changedBilling(before.billing_details, hash(params, 'billing_details')),
    ...(before.card && card ? { card: changedCard(before.card, card, now) } : {}),
    metadata: mergeMetadata(before.metadata, params['metadata']),
    ...(before.us_bank_account && bank
      ? {
          us_bank_account: {
            ...before.us_bank_account,
            account_holder_type:
              text(bank, 'account_holder_type') ?? before.us_bank_account['account_holder_type'],
            account_type: text(bank, 'account_type') ?? before.us_bank_account['account_type'],
          },
        }
      : {}),
  }
}

function changedCard(before: JsonObject, given: Params, now: number): JsonObject {
  if (integer(given, 'exp_month') === undefined && integer(given, 'exp_year') === undefined) return before
  const shown = { month: Number(before['exp_month']), year: Number(before['exp_year']) }
  const { month, year } = expiry(given, shown, now)
  return { ...before, exp_month: month, exp_year: year }
}

/** The payment method once it is a customer's: attaching has the bank look at the card, as recorded. */
export function attachedTo(customer: string, before: PaymentMethod): PaymentMethod {
  const checks = before.card?.['checks']
  if (!before.card || !isJsonObject(checks) || checks['cvc_check'] !== 'unchecked')
    return { ...before, customer }
  return { ...before, card: { ...before.card, checks: { ...checks, cvc_check: 'pass' } }, customer }
}

/** The error of a card that declines. */
export function declined(
  { code, message, ...more }: Decline,
  about: { readonly param?: string; readonly method?: JsonObject } = {},
): StripeError {
  const { param, method } = about
  return new StripeError(402, {
    type: 'card_error',
    code,
    message,
    ...(param === undefined ? {} : { param }),
    more: { ...more, ...(method ? { payment_method: method } : {}) },
  })
}

function blank({ id, created, livemode }: MethodBirth, type: string, details: JsonObject): PaymentMethod {
  return {
    id,
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: { address: noAddress, email: null, name: null, phone: null, tax_id: null },
    created,
    customer: null,
    customer_account: null,
    livemode,
    metadata: noMetadata,
    type,
    [type]: details,
  }
}

function behaviourOf(id: string, card: TestCard | undefined): Behaviour {
  return { id, attach: card?.attach ?? null, charge: card?.charge ?? null, detached: false }
}

function changedBilling(before: BillingDetails, update: Params | null | undefined): BillingDetails {
  if (!update) return before
  const kept = (name: 'email' | 'name' | 'phone' | 'tax_id') => {
    const value = text(update, name)
    return value === undefined ? before[name] : value
  }
  return {
    address: changedAddress(before.address, hash(update, 'address')) ?? noAddress,
    email: kept('email'),
    name: kept('name'),
    phone: kept('phone'),
    tax_id: kept('tax_id'),
  }
}
