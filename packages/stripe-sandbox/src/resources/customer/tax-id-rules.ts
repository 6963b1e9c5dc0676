/**
 * Owns what a tax id must look like, and how its verification ends.
 * Promises: the shapes of the types below are checked; of the others only that the value is sensible text, since a wrong refusal is worse
 * in a test double than a missing one.
 */

const shapes: { readonly [type: string]: RegExp } = {
  au_abn: /^\d{11}$/,
  br_cnpj: /^\d{2}\.?\d{3}\.?\d{3}\/?\d{4}-?\d{2}$/,
  br_cpf: /^\d{3}\.?\d{3}\.?\d{3}-?\d{2}$/,
  ca_bn: /^\d{9}$/,
  ca_gst_hst: /^\d{9}RT\d{4}$/,
  ch_vat: /^CHE-?\d{3}\.?\d{3}\.?\d{3} ?(MWST|TVA|IVA)$/,
  es_cif: /^[A-Z]\d{7}[A-Z0-9]$/,
  eu_vat:
    /^(ATU\d{8}|BE[01]\d{9}|BG\d{9,10}|CY\d{8}[A-Z]|CZ\d{8,10}|DE\d{9}|DK\d{8}|EE\d{9}|EL\d{9}|ES[A-Z0-9]\d{7}[A-Z0-9]|FI\d{8}|FR[A-Z0-9]{2}\d{9}|HR\d{11}|HU\d{8}|IE\d[A-Z0-9+*]\d{5}[A-Z]{1,2}|IT\d{11}|LT(\d{9}|\d{12})|LU\d{8}|LV\d{11}|MT\d{8}|NL\d{9}B\d{2}|PL\d{10}|PT\d{9}|RO\d{2,10}|SE\d{12}|SI\d{8}|SK\d{10}|XI(\d{9}|\d{12}))$/,
  gb_vat: /^(GB)?(\d{9}|\d{12}|GD\d{3}|HA\d{3})$/,
  in_gst: /^\d{2}[A-Z]{5}\d{4}[A-Z][A-Z0-9]Z[A-Z0-9]$/,
  jp_cn: /^\d{13}$/,
  mx_rfc: /^[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}$/,
  no_vat: /^\d{9}MVA$/,
  nz_gst: /^\d{8,9}$/,
  sg_gst: /^(M\d{8}[A-Z]|\d{9}[A-Z])$/,
  us_ein: /^\d{2}-?\d{7}$/,
  za_vat: /^4\d{9}$/,
}

/** The values that Stripe documents for test mode, for `eu_vat` and `au_abn`, and what becomes of them. */
const magic: { readonly [value: string]: 'verified' | 'unverified' | 'pending' } = {
  '000000000': 'verified',
  '111111111': 'unverified',
  '222222222': 'pending',
}

/** Types that Stripe verifies with an authority; others stay `unavailable`. */
const verified = new Set(['au_abn', 'eu_vat', 'gb_vat'])

/** True if the value can be one of this type. */
export function looksLikeTaxId(type: string, value: string): boolean {
  if (verified.has(type) && Object.hasOwn(magic, value)) return true
  const shape = shapes[type]
  const plain = value.replaceAll(' ', '')
  return shape
    ? shape.test(plain) || shape.test(value)
    : /^[\p{L}\p{N}][\p{L}\p{N} ./&*+-]{0,49}$/u.test(value)
}

/** What a verification that was begun ends as; null: it stays pending. */
export function verificationOutcome(value: string): 'verified' | 'unverified' | null {
  const outcome = Object.hasOwn(magic, value) ? magic[value] : undefined
  if (outcome === 'pending') return null
  return outcome ?? 'verified'
}

/** True if a tax id of this type is verified at all. */
export function isVerified(type: string): boolean {
  return verified.has(type)
}

/** The country of a tax id; null where the type spans several and the value does not tell. */
export function taxIdCountry(type: string, value: string): string | null {
  const prefix = type.slice(0, 2).toUpperCase()
  if (prefix !== 'EU') return prefix
  const start = /^[A-Z]{2}/.exec(value)?.[0]
  if (!start || type !== 'eu_vat') return null
  return start === 'EL' ? 'GR' : start === 'XI' ? 'GB' : start
}
