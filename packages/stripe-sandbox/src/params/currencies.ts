/**
 * Owns the currencies that an amount may be in.
 * Promises: those that Stripe's own error text lists, in its order, and the two that came later; a currency is always in lower case.
 */
import { badRequest } from '../http/stripe-error.ts'

const currencies = [
  'usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk',
  'djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd',
  'kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mro mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln',
  'pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sll sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf',
  'xcd xcg xof xpf yer zar zmw usdc ghs eek lvl svc vef ltl',
].flatMap((line) => line.split(' '))
const known = new Set(currencies)

/** The currency in lower case. Throws 400 with Stripe's text for one that is none. */
export function currencyIn(text: string, param: string): string {
  const currency = text.toLowerCase()
  if (known.has(currency)) return currency
  throw badRequest(
    `Invalid currency: ${currency.slice(0, 20)}. Stripe currently supports these currencies: ${currencies.join(', ')}`,
    { param },
  )
}
