// Owns how a line of a customer CSV (the columns of the Chinook sample database) becomes a customer of our API.
// Promises: pure; every line becomes a customer, whatever is wrong with its phone or country: what has no normal form
// stays in metadata as it was written, and is told.

import countries from 'i18n-iso-countries'
import { parse } from 'csv-parse/sync'
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { z } from 'zod'

/** What `POST /v1/customers` takes, as far as the import fills it. */
export interface NewCustomer {
  key: string
  name: string | null
  email: string | null
  phone: string | null
  billing_address: {
    line1: string | null
    city: string | null
    state: string | null
    postal_code: string | null
    country: string | null
  }
  source: string
  metadata: Record<string, string>
}

/** A value that has no normal form; the customer is kept, the text stands in its metadata under `keptAs`. */
export interface Unnormalised {
  key: string
  name: string
  field: 'phone' | 'country'
  text: string
  reason: string
  keptAs: string
}

/** The customers of a file, in its order. */
export interface CustomerFile {
  customers: NewCustomer[]
  unnormalised: Unnormalised[]
}

/** The file is no such CSV; the text says what is wrong with it and where. */
export class CsvError extends Error {
  constructor(problem: string) {
    super(problem)
    this.name = 'CsvError'
  }
}

const line = z.object({
  CustomerId: z.string().min(1, 'is empty'),
  FirstName: z.string(),
  LastName: z.string(),
  Company: z.string(),
  Address: z.string(),
  City: z.string(),
  State: z.string(),
  Country: z.string(),
  PostalCode: z.string(),
  Phone: z.string(),
  Fax: z.string(),
  Email: z.string(),
  SupportRepId: z.string(),
})
type Line = z.output<typeof line>

/** The columns of such a file. */
export const chinookColumns: readonly string[] = Object.keys(line.shape)

/** One line of it, as the parser gives it. @throws CsvError, which begins with `where` */
export function chinookCustomer(
  fields: unknown,
  where = '',
): { customer: NewCustomer; unnormalised: Unnormalised[] } {
  const parsed = line.safeParse(fields)
  if (parsed.success) return customerOf(parsed.data)
  const [issue] = parsed.error.issues
  throw new CsvError(`${where}column ${String(issue?.path[0])} ${issue?.message ?? ''}`)
}

/** Reads the text of a file. @throws CsvError with the line and column that are wrong. */
export function readCustomerCsv(text: string): CustomerFile {
  const file: CustomerFile = { customers: [], unnormalised: [] }
  for (const [index, fields] of parseLines(text).entries()) {
    const { customer, unnormalised } = chinookCustomer(fields, `customer ${index + 1}: `)
    file.customers.push(customer)
    file.unnormalised.push(...unnormalised)
  }
  const twice = firstTwice(file.customers.map(({ key }) => key))
  if (twice !== undefined) throw new CsvError(`${twice} stands in the file twice`)
  return file
}

function parseLines(text: string): unknown[] {
  const columns = Object.keys(line.shape)
  try {
    return parse(text, {
      bom: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n'],
      columns: (header: string[]) => {
        const missing = columns.filter((column) => !header.includes(column))
        if (missing.length > 0) throw new CsvError(`the header lacks ${missing.join(', ')}`)
        return header
      },
    })
  } catch (error) {
    throw error instanceof CsvError ? error : new CsvError(error instanceof Error ? error.message : 'no CSV')
  }
}

/** One line as our customer. */
export function customerOf(fields: Line): { customer: NewCustomer; unnormalised: Unnormalised[] } {
  const key = `chinook-${fields.CustomerId}`
  const name = [fields.FirstName.trim(), fields.LastName.trim()].filter(Boolean).join(' ')
  const country = countryCode(fields.Country)
  const phone = phoneNumber(fields.Phone, country)
  const unnormalised: Unnormalised[] = []
  const metadata: Record<string, string> = {}
  const keep = (keptAs: string, text: string) => {
    if (text.trim() !== '') metadata[keptAs] = text.trim()
  }
  keep('company', fields.Company)
  keep('fax', fields.Fax)
  keep('support_rep', fields.SupportRepId)
  if (country === null && fields.Country.trim() !== '') {
    keep('country_raw', fields.Country)
    const reason = 'no country of ISO 3166-1'
    unnormalised.push({ key, name, field: 'country', text: fields.Country, reason, keptAs: 'country_raw' })
  }
  if (phone.reason !== null) {
    keep('phone_raw', fields.Phone)
    const { reason } = phone
    unnormalised.push({ key, name, field: 'phone', text: fields.Phone, reason, keptAs: 'phone_raw' })
  }
  const customer: NewCustomer = {
    key,
    name: orNull(name),
    email: orNull(fields.Email),
    phone: phone.number,
    billing_address: {
      line1: orNull(fields.Address),
      city: orNull(fields.City),
      state: orNull(fields.State),
      postal_code: orNull(fields.PostalCode),
      country,
    },
    source: 'chinook',
    metadata,
  }
  return { customer, unnormalised }
}

/** ISO 3166-1 alpha-2 of an English country name, an alpha-3 code (`USA`) or an alpha-2 code; null where none fits. */
export function countryCode(text: string): string | null {
  const name = text.trim()
  const code = name.toUpperCase()
  if (/^[A-Z]{2}$/.test(code) && countries.isValid(code)) return code
  return countries.getAlpha2Code(name, 'en') ?? countries.alpha3ToAlpha2(code) ?? null
}

/**
 * E.164 of a phone in any national writing; `reason` where it is no number that the country's numbering plan knows
 * (libphonenumber's full metadata: the right length alone is not enough).
 */
export function phoneNumber(
  text: string,
  country: string | null,
): { number: string; reason: null } | { number: null; reason: string | null } {
  if (text.trim() === '') return { number: null, reason: null }
  const region = country !== null && isSupportedCountry(country) ? country : undefined
  const parsed = parsePhoneNumberFromString(text, region)
  if (parsed === undefined) return { number: null, reason: 'no phone number' }
  if (parsed.isValid()) return { number: parsed.number, reason: null }
  return {
    number: null,
    reason: parsed.isPossible() ? 'no number of its country' : 'too long or too short',
  }
}

function orNull(text: string): string | null {
  const trimmed = text.trim()
  return trimmed === '' ? null : trimmed
}

function firstTwice(texts: string[]): string | undefined {
  const seen = new Set<string>()
  return texts.find((text) => seen.size === seen.add(text).size)
}
