/**
 * Owns the payment method as an object, and the cards behind it.
 * Promises: pure; every member that Stripe answers is there; how a card behaves is kept apart from what is shown of it.
 */
import { badRequest, notSimulated, StripeError } from '../../http/stripe-error.ts'
import type { JsonObject, Metadata } from '../../json.ts'
import { mergeMetadata, noMetadata } from '../../params/metadata.ts'
import type { Params } from '../../params/param.ts'
import { hash, integer, text } from '../../params/read.ts'
import type { TableKey } from '../../state/table.ts'
import { changedAddress, type Address } from './customer-object.ts'
import { namedTestCard, numberedTestCard, type Decline, type TestCard } from './test-cards.ts'

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

type Birth = {
  readonly id: string
  readonly created: number
  readonly livemode: boolean
  readonly fingerprint: string
}

/** A payment method and its behaviour from the parameters of a create. Throws a card error for an impossible card. */
export function newPaymentMethod(
  birth: Birth,
  params: Params,
): { method: PaymentMethod; behaviour: Behaviour } {
  const type = text(params, 'type')
  if (!type) throw badRequest('Missing required param: type.', { code: 'parameter_missing', param: 'type' })
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
  birth: Birth,
  name: string,
): { method: PaymentMethod; behaviour: Behaviour } | undefined {
  const card = namedTestCard(name)
  if (!card) return undefined
  const details = cardDetails(card, 8, defaultExpiryYear(birth.created), birth.fingerprint, false)
  return { method: blank(birth, 'card', details), behaviour: behaviourOf(birth.id, card) }
}

/** The payment method after an update. */
export function changedPaymentMethod(before: PaymentMethod, params: Params): PaymentMethod {
  const card = hash(params, 'card')
  return {
    ...before,
    allow_redisplay: text(params, 'allow_redisplay') ?? before.allow_redisplay,
    billing_details: changedBilling(before.billing_details, hash(params, 'billing_details')),
    ...(before.card && card
      ? {
          card: {
            ...before.card,
            exp_month: integer(card, 'exp_month') ?? before.card['exp_month'],
            exp_year: integer(card, 'exp_year') ?? before.card['exp_year'],
          },
        }
      : {}),
    metadata: mergeMetadata(before.metadata, params['metadata']),
  }
}

/** The error of a card that declines. */
export function declined({ code, decline_code, message }: Decline, method?: JsonObject): StripeError {
  return new StripeError(402, {
    type: 'card_error',
    code,
    message,
    more: { ...(decline_code ? { decline_code } : {}), ...(method ? { payment_method: method } : {}) },
  })
}

function blank({ id, created, livemode }: Birth, type: string, details: JsonObject): PaymentMethod {
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

function detailsOf(type: string, params: Params, birth: Birth): { details: JsonObject; card?: TestCard } {
  const given = hash(params, type)
  if (!['card', 'sepa_debit', 'us_bank_account'].includes(type))
    throw notSimulated(`A payment method of type ${type}`, 'type')
  if (!given) throw badRequest(`Missing required param: ${type}.`, { code: 'parameter_missing', param: type })
  if (type === 'sepa_debit') return { details: sepaDetails(text(given, 'iban') ?? '', birth.fingerprint) }
  if (type === 'us_bank_account') return { details: bankDetails(given, birth.fingerprint) }
  return givenCard(given, birth)
}

function givenCard(given: Params, { created, fingerprint }: Birth): { details: JsonObject; card: TestCard } {
  const token = text(given, 'token')
  if (token) {
    const card = namedTestCard(token)
    if (!card)
      throw badRequest(`No such token: '${token}'`, { code: 'resource_missing', param: 'card[token]' })
    return { card, details: cardDetails(card, 8, defaultExpiryYear(created), fingerprint, false) }
  }
  const number = (text(given, 'number') ?? '').replaceAll(/[ -]/g, '')
  if (number === '')
    throw badRequest('Missing required param: card[number].', {
      code: 'parameter_missing',
      param: 'card[number]',
    })
  const month = integer(given, 'exp_month') ?? 0
  const year = fullYear(integer(given, 'exp_year') ?? 0)
  const card = numberedTestCard(number)
  if (!card) throw cardError('incorrect_number', 'Your card number is incorrect.', 'number')
  if (month < 1 || month > 12)
    throw cardError('invalid_expiry_month', "Your card's expiration month is invalid.", 'exp_month')
  if (Date.UTC(year, month) / 1000 <= created || year > 2200) {
    throw cardError('invalid_expiry_year', "Your card's expiration year is invalid.", 'exp_year')
  }
  return { card, details: cardDetails(card, month, year, fingerprint, text(given, 'cvc') !== undefined) }
}

function cardError(code: string, message: string, param: string): StripeError {
  return new StripeError(402, { type: 'card_error', code, message, param })
}

/** `30` stands for 2030, as on the card. */
function fullYear(year: number): number {
  return year > 0 && year < 100 ? 2000 + year : year
}

/** A card that was named rather than typed is valid for years to come. */
function defaultExpiryYear(created: number): number {
  return new Date(created * 1000).getUTCFullYear() + 4
}

function cardDetails(
  card: TestCard,
  month: number,
  year: number,
  fingerprint: string,
  withCvc: boolean,
): JsonObject {
  return {
    brand: card.brand,
    checks: {
      address_line1_check: null,
      address_postal_code_check: null,
      cvc_check: withCvc ? 'unchecked' : null,
    },
    country: card.country,
    display_brand: card.brand,
    exp_month: month,
    exp_year: year,
    fingerprint,
    funding: card.funding,
    generated_from: null,
    last4: card.number.slice(-4),
    networks: { available: [card.brand], preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: true },
    wallet: null,
  }
}

function sepaDetails(iban: string, fingerprint: string): JsonObject {
  const plain = iban.replaceAll(' ', '').toUpperCase()
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{8,30}$/.test(plain)) {
    throw badRequest('The IBAN you provided is invalid.', {
      code: 'invalid_bank_account_iban',
      param: 'sepa_debit[iban]',
    })
  }
  return {
    bank_code: plain.slice(4, 12),
    branch_code: null,
    country: plain.slice(0, 2),
    fingerprint,
    generated_from: { charge: null, setup_attempt: null },
    last4: plain.slice(-4),
  }
}

function bankDetails(given: Params, fingerprint: string): JsonObject {
  const account = text(given, 'account_number') ?? ''
  if (!/^\d{4,17}$/.test(account)) {
    throw badRequest('The account number you provided is invalid.', {
      param: 'us_bank_account[account_number]',
    })
  }
  return {
    account_holder_type: text(given, 'account_holder_type') ?? 'individual',
    account_type: text(given, 'account_type') ?? 'checking',
    bank_name: 'STRIPE TEST BANK',
    financial_connections_account: null,
    fingerprint,
    last4: account.slice(-4),
    networks: { preferred: 'ach', supported: ['ach'] },
    routing_number: text(given, 'routing_number') ?? null,
    status_details: null,
  }
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
