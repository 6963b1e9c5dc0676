/**
 * Owns Stripe's test cards: numbers, `pm_card_…` names, `tok_…` tokens, and how each behaves.
 * Promises: a card behaves here as Stripe documents it for testing; a number that is not a test card but valid is a plain Visa-like card
 * of its brand.
 */

/** A decline as Stripe words it. */
export type Decline = {
  readonly code: string
  readonly decline_code?: string
  readonly message: string
  readonly advice_code?: string
  readonly network_decline_code?: string
}

/** A test card. `attach` and `charge` say at which moment it declines. */
export type TestCard = {
  readonly number: string
  readonly brand: string
  readonly country: string
  readonly funding: 'credit' | 'debit' | 'prepaid'
  readonly attach?: Decline
  readonly charge?: Decline
}

/** Recorded with the network's answer; the others are documented without. */
const generic: Decline = {
  code: 'card_declined',
  decline_code: 'generic_decline',
  message: 'Your card was declined.',
  advice_code: 'try_again_later',
  network_decline_code: '01',
}
const decline = (decline_code: string, message = 'Your card was declined.'): Decline => ({
  code: 'card_declined',
  decline_code,
  message,
})
const insufficient = decline('insufficient_funds', 'Your card has insufficient funds.')

function card(number: string, brand: string, more: Partial<TestCard> = {}): TestCard {
  return { number, brand, country: 'US', funding: 'credit', ...more }
}

/** By the part of the name behind `pm_card_` or `tok_`. */
const cards: { readonly [name: string]: TestCard } = {
  visa: card('4242424242424242', 'visa'),
  visa_debit: card('4000056655665556', 'visa', { funding: 'debit' }),
  mastercard: card('5555555555554444', 'mastercard'),
  mastercard_debit: card('5200828282828210', 'mastercard', { funding: 'debit' }),
  mastercard_prepaid: card('5105105105105100', 'mastercard', { funding: 'prepaid' }),
  amex: card('378282246310005', 'amex'),
  discover: card('6011111111111117', 'discover'),
  diners: card('3056930009020004', 'diners'),
  jcb: card('3566002020360505', 'jcb', { country: 'JP' }),
  unionpay: card('6200000000000005', 'unionpay', { country: 'CN' }),
  de: card('4000002760000016', 'visa', { country: 'DE' }),
  gb: card('4000008260000000', 'visa', { country: 'GB' }),
  fr: card('4000002500000003', 'visa', { country: 'FR' }),
  cz: card('4000002030000002', 'visa', { country: 'CZ' }),
  chargeCustomerFail: card('4000000000000341', 'visa', { charge: generic }),
  chargeDeclined: card('4000000000000002', 'visa', { attach: generic, charge: generic }),
  chargeDeclinedInsufficientFunds: card('4000000000009995', 'visa', {
    attach: insufficient,
    charge: insufficient,
  }),
  chargeDeclinedLostCard: card('4000000000009987', 'visa', { attach: decline('lost_card') }),
  chargeDeclinedStolenCard: card('4000000000009979', 'visa', { attach: decline('stolen_card') }),
  chargeDeclinedFraudulent: card('4100000000000019', 'visa', { attach: decline('fraudulent') }),
  chargeDeclinedExpiredCard: card('4000000000000069', 'visa', {
    attach: { code: 'expired_card', message: 'Your card has expired.' },
  }),
  chargeDeclinedIncorrectCvc: card('4000000000000127', 'visa', {
    attach: { code: 'incorrect_cvc', message: "Your card's security code is incorrect." },
  }),
  chargeDeclinedProcessingError: card('4000000000000119', 'visa', {
    attach: {
      code: 'processing_error',
      message: 'An error occurred while processing your card. Try again in a little bit.',
    },
  }),
}

/** Names that Stripe spells in more than one way. */
function plainName(name: string): string {
  return name.startsWith('visa_chargeDeclined') ? name.slice('visa_'.length) : name
}

/** The card of a `pm_card_…` name or a `tok_…` token. */
export function namedTestCard(id: string): TestCard | undefined {
  const name = /^(?:pm_card_|tok_)(\w+)$/.exec(id)?.[1]
  const plain = name === undefined ? '' : plainName(name)
  return Object.hasOwn(cards, plain) ? cards[plain] : undefined
}

/** The card of a number; undefined if the number cannot be one. */
export function numberedTestCard(number: string): TestCard | undefined {
  const known = Object.values(cards).find((one) => one.number === number)
  if (known) return known
  if (!/^\d{12,19}$/.test(number) || !passesLuhn(number)) return undefined
  return card(number, number.startsWith('5') ? 'mastercard' : number.startsWith('3') ? 'amex' : 'visa')
}

function passesLuhn(number: string): boolean {
  let sum = 0
  for (let index = 0; index < number.length; index++) {
    const digit = Number(number[number.length - 1 - index])
    const doubled = index % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
