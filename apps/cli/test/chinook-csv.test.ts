import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { countryCode, CsvError, phoneNumber, readCustomerCsv } from '../src/import/chinook-csv.ts'

const chinook = readFileSync(new URL('../../../data/chinook-customers.csv', import.meta.url), 'utf8')
const header = chinook.slice(0, chinook.indexOf('\n'))

describe('the Chinook file', () => {
  const { customers, unnormalised } = readCustomerCsv(chinook)

  it('keeps every customer, each under its own key', () => {
    expect(customers).toHaveLength(59)
    expect(new Set(customers.map(({ key }) => key)).size).toBe(59)
  })

  it('gives every customer a country code, and a phone in E.164 or its reason', () => {
    for (const { billing_address, phone, metadata, key } of customers) {
      expect(billing_address.country, key).toMatch(/^[A-Z]{2}$/)
      if (phone !== null) expect(phone, key).toMatch(/^\+[1-9]\d{6,14}$/)
      else expect(key === 'chinook-45' || 'phone_raw' in metadata, key).toBe(true)
    }
  })

  it('names exactly the phones that are no numbers of their countries', () => {
    expect(unnormalised.map(({ key, field, text }) => [key, field, text])).toEqual([
      ['chinook-9', 'phone', '+453 3331 9991'],
      ['chinook-57', 'phone', '+56 (0)2 635 4444'],
      ['chinook-58', 'phone', '+91 0124 39883988'],
    ])
  })

  it('reads a line into our fields without changing a letter of the name', () => {
    expect(customers[0]).toEqual({
      key: 'chinook-1',
      name: 'Luís Gonçalves',
      email: 'luisg@embraer.com.br',
      phone: '+551239235555',
      billing_address: {
        line1: 'Av. Brigadeiro Faria Lima, 2170',
        city: 'São José dos Campos',
        state: 'SP',
        postal_code: '12227-000',
        country: 'BR',
      },
      source: 'chinook',
      metadata: {
        company: 'Embraer - Empresa Brasileira de Aeronáutica S.A.',
        fax: '+55 (12) 3923-5566',
        support_rep: '3',
      },
    })
  })
})

it.each([
  ['USA', 'US'],
  ['Czech Republic', 'CZ'],
  ['United Kingdom', 'GB'],
  ['Germany', 'DE'],
  ['de', 'DE'],
  ['Atlantis', null],
  ['', null],
])('the country %j is %j', (name, code) => {
  expect(countryCode(name)).toBe(code)
})

it.each([
  ['+44 020 7707 0707', 'GB', '+442077070707'],
  ['030 26550280', 'DE', '+493026550280'],
  ['+54 (0)11 4311 4333', 'AR', '+541143114333'],
  ['+61 (02) 9332 3633', null, '+61293323633'],
  ['', 'DE', null],
  ['not a phone', 'DE', null],
])('the phone %j in %j is %j', (text, country, number) => {
  expect(phoneNumber(text, country).number).toBe(number)
})

it('a customer whose country nobody knows is kept, its country in metadata', () => {
  const { customers, unnormalised } = readCustomerCsv(
    `${header}\n7,Ada,,,,,,Atlantis,,0151 23456789,,ada@example.com,\n`,
  )
  expect(customers[0]).toMatchObject({
    key: 'chinook-7',
    name: 'Ada',
    phone: null,
    metadata: { country_raw: 'Atlantis', phone_raw: '0151 23456789' },
  })
  expect(unnormalised.map(({ field }) => field)).toEqual(['country', 'phone'])
})

it.each([
  ['a missing column', 'CustomerId,FirstName\n1,Ada\n', /lacks LastName/],
  ['a line too short', `${header}\n1,Ada\n`, /line 2/],
  ['a customer without id', `${header}\n,Ada,,,,,,,,,,,\n`, /customer 1: column CustomerId/],
  [
    'a customer that stands there twice',
    `${header}\n1,,,,,,,,,,,,\n1,,,,,,,,,,,,\n`,
    /chinook-1 stands .* twice/,
  ],
])('%s is refused with its place', (_what, text, message) => {
  expect(() => readCustomerCsv(text)).toThrow(CsvError)
  expect(() => readCustomerCsv(text)).toThrow(message)
})
