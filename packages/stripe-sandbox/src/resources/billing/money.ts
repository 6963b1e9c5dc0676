/**
 * Owns what is too little to charge, and what is too much to be an amount.
 * Promises: below the least a finalised invoice moves the customer's balance instead of being charged; what is added up stays exact.
 */
import { badRequest } from '../../http/stripe-error.ts'

/** Twelve digits are more than any currency needs, and a thousand such amounts are still added up exactly. */
const amountMax = 999_999_999_999

/** Throws 400 for an amount, owed or credited, that is too much. */
export function checkAmount(amount: number, param: string): void {
  if (Math.abs(amount) <= amountMax) return
  throw badRequest(`Amount must be no more than ${amountMax}.`, { code: 'amount_too_large', param })
}

/** The smallest charge by currency, in its smallest unit: Stripe's list, where it is known; other currencies as a dollar's. */
export function smallestCharge(currency: string): number {
  return minimums[currency] ?? 50
}

const minimums: { readonly [currency: string]: number } = {
  aed: 200,
  czk: 1500,
  dkk: 250,
  gbp: 30,
  hkd: 400,
  huf: 17_500,
  jpy: 50,
  mxn: 1000,
  nok: 300,
  pln: 200,
  ron: 200,
  sek: 300,
}
