/**
 * Owns what is too little to charge.
 * Promises: below it a finalised invoice moves the customer's balance instead of being charged.
 */

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
