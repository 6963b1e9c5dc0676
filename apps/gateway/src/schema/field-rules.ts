// Owns the rules of single fields: e-mail, phone, country, currency, locales, metadata (DESIGN section 4).
// Promises: what passes is in the form in which it is stored; an empty text means "cleared", as at Stripe.

import type { Json } from '@lockstep/domain/customer/tree'
import { isReserved, metadataPrefix } from '@lockstep/domain/sync/canonical'
import countries from 'i18n-iso-countries'
import { z } from 'zod'
import { described } from './described.ts'

/** Text of 1 to `max` UTF-16 units; null or "" clears. */
export function text(max: number) {
  return z
    .string('must be text or null')
    .max(max, `must be at most ${max} characters`)
    .nullable()
    .transform((value) => (value === '' ? null : value))
}

/** Text whose surrounding blanks mean nothing; `check` sees it trimmed, null or "" clears. */
function trimmed(max: number, check: (value: string) => string | null) {
  return text(max).transform((value, context) => {
    const bare = value?.trim() ?? ''
    if (bare === '') return null
    const fault = check(bare)
    if (fault) context.addIssue({ code: 'custom', message: fault })
    return bare
  })
}

/** Letters of any script; a domain with at least one dot. Whether a mailbox exists is not ours to say. */
const emailPattern =
  /^[^\s@"(),:;<>[\]\\]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{M}\p{N}-]{2,63}$/u

/** A mailbox address of at most 512 characters (Stripe's bound). Case is kept; uniqueness ignores it. */
export const email = trimmed(512, (value) => {
  const local = value.slice(0, value.lastIndexOf('@'))
  const dots = local.startsWith('.') || local.endsWith('.') || local.includes('..')
  return emailPattern.test(value) && !dots ? null : 'must be an e-mail address'
})

/** E.164: a plus, a country code, at most 15 digits (ITU-T E.164); Stripe takes 20 characters. */
export const phone = trimmed(20, (value) =>
  /^\+[1-9]\d{1,14}$/.test(value) ? null : 'must be in E.164 form, like +4930123456',
)

/** ISO 3166-1 alpha-2, any case in, upper case out. */
export const country = trimmed(2, (value) =>
  value.length === 2 && countries.isValid(value.toUpperCase())
    ? null
    : 'must be an ISO 3166-1 alpha-2 code, like DE',
).transform((value) => value?.toUpperCase() ?? null)

const currencies = new Set(Intl.supportedValuesOf('currency'))

/** ISO 4217, any case in, lower case out (Stripe's form). */
export const currency = trimmed(3, (value) =>
  currencies.has(value.toUpperCase()) ? null : 'must be an ISO 4217 code, like eur',
).transform((value) => value?.toLowerCase() ?? null)

/** IETF language tags in order of preference. */
export const locales = z
  .array(
    z.string('must be text').refine(isLanguageTag, 'must be a language tag, like en-GB'),
    'must be a list of language tags',
  )
  .max(20, 'must be at most 20 language tags') // More than any reader speaks.
  .nullable()

function isLanguageTag(value: string): boolean {
  try {
    return Intl.getCanonicalLocales(value).length === 1
  } catch {
    return false // RangeError: not well formed (BCP 47).
  }
}

/** Bytes of metadata as JSON (DESIGN section 4). */
const metadataMaxBytes = 32 * 1024

/**
 * A caller's own data: any JSON object, as pairs, since its names are the caller's (`__proto__`, `$where`, `a.b`).
 * Names that start with `lockstep_` are ours, an empty name has no form at Stripe.
 */
export const metadata = z.unknown().transform((value, context): { k: string; v: Json }[] | null => {
  if (value === null) return null
  if (typeof value !== 'object' || Array.isArray(value)) {
    context.addIssue({ code: 'custom', message: 'must be an object or null' })
    return z.NEVER
  }
  if (Buffer.byteLength(JSON.stringify(value)) > metadataMaxBytes) {
    context.addIssue({ code: 'custom', message: 'must be at most 32 KB as JSON' })
  }
  return Object.entries(value).map(([k, v]) => {
    if (k === '') context.addIssue({ code: 'custom', message: 'must not hold an empty name' })
    if (isReserved(`${metadataPrefix}${k}`)) {
      context.addIssue({ code: 'custom', path: [k], message: 'is reserved: names with lockstep_ are ours' })
    }
    return { k, v: v as Json } // It came out of JSON.parse, which makes nothing but JSON.
  })
})

described(metadata, {
  type: ['object', 'null'],
  additionalProperties: true,
  description:
    'The caller’s own data: any JSON object of at most 32 KB. Names with `lockstep_` are reserved.',
})
