/**
 * Owns what a payment method shows of its kind: cards, SEPA debits, US bank accounts.
 * Promises: pure; a card that cannot be is a 402 card error, as with Stripe.
 */
import { badRequest, missingParameter, notSimulated, StripeError } from '../../http/stripe-error.ts'
import type { JsonObject } from '../../json.ts'
import type { Params } from '../../params/param.ts'
import { hash, integer, text } from '../../params/read.ts'
import { namedTestCard, numberedTestCard, type TestCard } from './test-cards.ts'

/** What a payment method is born with. `created` in seconds. */
export type MethodBirth = {
  readonly id: string
  readonly created: number
  readonly livemode: boolean
  /** What the same card or account is known by, however often it is given. */
  readonly fingerprint: (of: string) => string
}

/** What a new payment method shows of its kind. Throws a card error for an impossible card. */
export function detailsOf(
  type: string,
  params: Params,
  birth: MethodBirth,
): { details: JsonObject; card?: TestCard } {
  const given = hash(params, type)
  if (!['card', 'sepa_debit', 'us_bank_account'].includes(type))
    throw notSimulated(`A payment method of type ${type}`, 'type')
  if (!given) throw missingParameter(type)
  if (type === 'sepa_debit') return { details: sepaDetails(text(given, 'iban') ?? '', birth) }
  if (type === 'us_bank_account') return { details: bankDetails(given, birth) }
  return givenCard(given, birth)
}

function givenCard(given: Params, birth: MethodBirth): { details: JsonObject; card: TestCard } {
  const token = text(given, 'token')
  if (token) {
    const card = namedTestCard(token)
    if (!card) throw badRequest(`Invalid token id: ${token}`, { param: 'token' })
    return { card, details: namedCardDetails(card, birth) }
  }
  const number = (text(given, 'number') ?? '').replaceAll(/[ -]/g, '')
  if (number === '') throw missingParameter('card[number]')
  for (const name of ['exp_month', 'exp_year'])
    if (given[name] === undefined) throw missingParameter(`card[${name}]`)
  const card = numberedTestCard(number)
  if (!card) throw cardError('incorrect_number', 'Your card number is incorrect.', 'number')
  const { month, year } = expiry(given, { month: 0, year: 0 }, birth.created)
  const cvc = text(given, 'cvc')
  if (cvc && !/^\d{3,4}$/.test(cvc))
    throw cardError('invalid_cvc', "Your card's security code is invalid.", 'cvc')
  const fingerprint = birth.fingerprint(number)
  return { card, details: cardDetails(card, month, year, fingerprint, cvc !== undefined) }
}

/** When a card expires after what a request says of it. Throws a card error for what cannot be, or is over at `now` (seconds). */
export function expiry(
  given: Params,
  before: { readonly month: number; readonly year: number },
  now: number,
): { readonly month: number; readonly year: number } {
  const month = integer(given, 'exp_month') ?? before.month
  const year = fullYear(integer(given, 'exp_year') ?? before.year)
  if (month < 1 || month > 12)
    throw cardError('invalid_expiry_month', "Your card's expiration month is invalid.", 'exp_month')
  if (Date.UTC(year, month) / 1000 <= now || year > 2200) {
    throw cardError('invalid_expiry_year', "Your card's expiration year is invalid.", 'exp_year')
  }
  return { month, year }
}

function cardError(code: string, message: string, param: string): StripeError {
  return new StripeError(402, { type: 'card_error', code, message, param })
}

/** `30` stands for 2030, as on the card. */
function fullYear(year: number): number {
  return year > 0 && year < 100 ? 2000 + year : year
}

/** A card that was named rather than typed is valid for a year, as recorded. */
export function namedCardDetails(card: TestCard, { created, fingerprint }: MethodBirth): JsonObject {
  const now = new Date(created * 1000)
  return cardDetails(card, now.getUTCMonth() + 1, now.getUTCFullYear() + 1, fingerprint(card.number), true)
}

/** What is shown of a card. */
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

function sepaDetails(iban: string, { fingerprint }: MethodBirth): JsonObject {
  const plain = iban.replaceAll(' ', '').toUpperCase()
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{8,30}$/.test(plain)) {
    throw badRequest('The IBAN you provided is invalid.', {
      param: 'sepa_debit[iban]',
    })
  }
  return {
    bank_code: plain.slice(4, 12),
    branch_code: null,
    country: plain.slice(0, 2),
    fingerprint: fingerprint(plain),
    generated_from: { charge: null, setup_attempt: null },
    last4: plain.slice(-4),
  }
}

function bankDetails(given: Params, { fingerprint }: MethodBirth): JsonObject {
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
    fingerprint: fingerprint(`${text(given, 'routing_number')} ${account}`),
    last4: account.slice(-4),
    networks: { preferred: 'ach', supported: ['ach'] },
    routing_number: text(given, 'routing_number') ?? null,
    status_details: {},
  }
}
