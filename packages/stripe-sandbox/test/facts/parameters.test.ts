import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { idOf } from '../../src/json.ts'
import { openSpec } from '../../src/params/from-spec.ts'
import type { ObjectParam, Param } from '../../src/params/param.ts'
import { watchedSandbox } from '../support/watched-params.ts'

/** Every operation of the specification, as it is on file. */
const operations = Object.entries<Record<string, { operationId: string }>>(
  JSON.parse(readFileSync(new URL('../../spec/openapi-core.json', import.meta.url), 'utf8')).paths,
).flatMap(([path, verbs]) =>
  Object.entries(verbs).map(([verb, { operationId }]) => ({ method: verb.toUpperCase(), path, operationId })),
)
const spec = openSpec()

const sandbox = watchedSandbox()
afterAll(() => sandbox.close())

const made: Record<string, string> = {}
async function make(name: string, path: string, form: string) {
  const { status, body } = await sandbox.request('POST', path, form)
  if (status !== 200) throw new Error(`${path} ${form}: ${JSON.stringify(body)}`)
  made[name] = idOf(body)
  return made[name]
}

beforeAll(async () => {
  const customer = await make('customer', '/v1/customers', 'name=x')
  await make('method', '/v1/payment_methods/pm_card_visa/attach', `customer=${customer}`)
  await make('loose', '/v1/payment_methods', 'type=card&card[token]=tok_visa')
  await make(
    'bank',
    '/v1/payment_methods',
    'type=us_bank_account&us_bank_account[account_number]=000123456789&us_bank_account[routing_number]=110000000',
  )
  await sandbox.request('POST', `/v1/payment_methods/${made['bank']}/attach`, `customer=${customer}`)
  await make('transaction', `/v1/customers/${customer}/balance_transactions`, 'amount=-1&currency=usd')
  await make(
    'cashTransaction',
    `/v1/test_helpers/customers/${customer}/fund_cash_balance`,
    'amount=1&currency=usd',
  )
  await make('taxId', `/v1/customers/${customer}/tax_ids`, 'type=us_ein&value=12-3456789')
  await make('invoice', '/v1/invoices', `customer=${customer}`)
  await make('endpoint', '/v1/webhook_endpoints', 'url=http%3A%2F%2F127.0.0.1%3A1&enabled_events[]=*')
  await make('clock', '/v1/test_helpers/test_clocks', 'frozen_time=1800000000')
  await make('configuration', '/v1/billing_portal/configurations', 'features[invoice_history][enabled]=true')
  const price = await make(
    'price',
    '/v1/prices',
    'currency=usd&unit_amount=0&recurring[interval]=month&product_data[name]=x',
  )
  await make('subscription', '/v1/subscriptions', `customer=${customer}&items[0][price]=${price}`)
  const events = await sandbox.request('GET', '/v1/events', 'limit=1')
  made['event'] = /"id":"(evt_\w+)"/.exec(JSON.stringify(events.body))?.[1] ?? ''
})

/** Which object stands for the id behind a word of a path, and for a cursor in a list of them. */
const objects: { readonly [word: string]: string } = {
  balance_transactions: 'transaction',
  cash_balance_transactions: 'cashTransaction',
  customers: 'customer',
  events: 'event',
  payment_methods: 'method',
  tax_ids: 'taxId',
  webhook_endpoints: 'endpoint',
}
const objectOf = (word: string | undefined) => made[objects[word ?? ''] ?? ''] ?? ''

function filled(path: string): string {
  const words = path.split('/')
  return words.map((part, index) => (part.startsWith('{') ? objectOf(words[index - 1]) : part)).join('/')
}

/** Values where not any text will do, by the last name of a parameter. */
const samples: { readonly [name: string]: (path: string) => string } = {
  account_number: () => '000123456789',
  balance: () => '-7',
  configuration: () => made['configuration'] ?? '',
  country: () => 'US',
  currency: () => 'usd',
  cvc: () => '123',
  customer: () => made['customer'] ?? '',
  default_payment_method: () => made['method'] ?? '',
  email: () => 'a@example.com',
  ending_before: (path) => objectOf(path.split('/').at(-1)),
  enabled_events: () => '*',
  exp_month: () => '12',
  exp_year: () => '2044',
  iban: () => 'DE89370400440532013000',
  ip_address: () => '192.0.2.1',
  invoice: () => made['invoice'] ?? '',
  invoice_prefix: (path) => (path.endsWith('}') ? 'UPDATED' : 'CREATED'),
  number: () => '4242424242424242',
  page: () => Buffer.from('after:0').toString('base64url'),
  payment_method: () => 'pm_card_visa',
  query: () => 'name:"x"',
  return_url: () => 'https://example.com',
  starting_after: (path) => objectOf(path.split('/').at(-1)),
  subscription: () => made['subscription'] ?? '',
  test_clock: () => made['clock'] ?? '',
  token: () => 'tok_visa',
  url: () => 'http://127.0.0.1:1',
}

/** What a request needs beside one parameter, where the specification does not say. */
const needed: { readonly [operation: string]: (at: string) => readonly (readonly [string, string])[] } = {
  GetPaymentMethods: (at) => (at.startsWith('customer') ? [] : [['customer', made['customer'] ?? '']]),
  PostBillingPortalSessions: (at) => [
    ...(at.startsWith('customer') ? [] : ([['customer', made['customer'] ?? '']] as const)),
    ...(at.includes('[subscription_cancel]') ? ([['flow_data[type]', 'subscription_cancel']] as const) : []),
    ...(at.includes('[after_completion]') ? ([['flow_data[type]', 'payment_method_update']] as const) : []),
  ],
  PostCustomers: (at) =>
    at === 'invoice_settings[default_payment_method]' ? [['payment_method', made['loose'] ?? '']] : [],
  PostPaymentMethods: (at) => {
    const type = /^(sepa_debit|us_bank_account)/.exec(at)?.[0] ?? 'card'
    const details = {
      card: at.startsWith('card[') ? ['number', 'exp_month', 'exp_year'] : ['token'],
      sepa_debit: ['iban'],
      us_bank_account: ['account_number', 'routing_number'],
    }[type]
    return [
      ['type', type],
      ...(details ?? [])
        .filter((name) => !at.endsWith(`[${name}]`) && at !== 'card[token]')
        .map((name) => [`${type}[${name}]`, samples[name]?.('') ?? '110000000'] as const),
    ]
  },
  PostPaymentMethodsPaymentMethodAttach: (at) =>
    at.startsWith('customer') ? [] : [['customer', made['customer'] ?? '']],
  'TaxId.create': (at) => (at.startsWith('owner') ? owned(at) : []),
  'TaxId.list': (at) => (at.startsWith('owner') ? owned(at) : []),
}
const owned = (at: string): readonly (readonly [string, string])[] =>
  at === 'owner[type]' ? [] : [['owner[type]', 'customer']]

function sample(name: string, param: Param, path: string): string {
  const special = samples[name]
  if (param.kind === 'string' && param.choices)
    return special && param.choices.includes(special(path)) ? special(path) : taxType(param.choices)
  if (special && param.kind !== 'unsimulated') return special(path)
  if (param.kind === 'boolean') return 'false'
  return param.kind === 'integer' || param.kind === 'decimal' ? '1' : 'x'
}

/** A type of tax id whose values are not looked at, or the first word of any other closed list. */
const taxType = (choices: readonly string[]) =>
  choices.find((choice) => choice === 'ad_nrt') ?? choices.find((choice) => choice !== '') ?? ''

type Leaf = { readonly at: string; readonly name: string; readonly param: Param }

/** Every value that a parameter can hold, as `a[b][0]`. */
function leaves(param: Param, at: string, name: string): Leaf[] {
  switch (param.kind) {
    case 'object':
      return Array.from(param.fields).flatMap(([inner, field]) =>
        leaves(field, at === '' ? inner : `${at}[${inner}]`, inner),
      )
    case 'array':
      return leaves(param.of, `${at}[0]`, name)
    case 'metadata':
    case 'map':
      return [{ at: `${at}[key]`, name: 'key', param: { kind: 'string' } }]
    case 'either':
      return [...leaves(param.scalar, at, name), ...leaves(param.nested, at, name)]
    default:
      return [{ at, name, param }]
  }
}

/** The form that sets one leaf and all that the specification asks for beside it. */
function formFor(operation: string, root: ObjectParam, leaf: Leaf, path: string): string {
  const pairs = new Map<string, string>(needed[operation]?.(leaf.at) ?? [])
  const fill = (param: Param, at: string, name: string) => {
    if (param.kind === 'array') fill(param.of, `${at}[0]`, name)
    else if (param.kind === 'object') {
      const reached = at === '' || leaf.at.startsWith(`${at}[`) || leaf.at === at
      for (const [inner, field] of param.fields) {
        const here = at === '' ? inner : `${at}[${inner}]`
        const asked = param.required.includes(inner)
        if ((asked && !leaf.at.startsWith(here)) || (reached && leaf.at.startsWith(`${here}[`)))
          fill(field, here, inner)
      }
      // An object that is asked for and has no member that is: any member makes it be there.
      const [first] = param.fields
      if (at !== '' && param.required.length === 0 && !reached && first)
        pairs.set(`${at}[${first[0]}]`, sample(first[0], first[1], path))
    } else if (!['either', 'map', 'metadata'].includes(param.kind) && !pairs.has(at))
      pairs.set(at, sample(name, param, path))
  }
  fill(root, '', '')
  const value = sample(leaf.name, leaf.param, path)
  // A customer that is only being made has no payment method yet but the one that comes along.
  pairs.set(
    leaf.at,
    operation === 'PostCustomers' && value === made['method'] ? (made['loose'] ?? '') : value,
  )
  return [...pairs].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
}

describe('Validation from the specification (section 1): each parameter has an effect or is refused, saying so', () => {
  it.each(operations)('$operationId', async ({ method, path, operationId }) => {
    const params = spec(operationId)
    const ignored: string[] = []
    for (const leaf of leaves(params, '', '')) {
      // What expand does is seen in answers; here, that it is not passed over.
      if (leaf.at === 'expand[0]') {
        const form = formFor(operationId, params, leaf, path)
        const { body } = await sandbox.request(method, filled(path), form)
        expect(JSON.stringify(body['error'])).toContain('This property cannot be expanded (x).')
        continue
      }
      const form = formFor(operationId, params, leaf, path)
      const at = leaf.at.startsWith('us_bank_account')
        ? filled(path).replace(made['method'] ?? '', made['bank'] ?? '')
        : filled(path)
      const { status, body, looked } = await sandbox.request(method, at, form)
      const refused =
        status === 400 && /not simulated|You cannot attach a PaymentMethod/.test(JSON.stringify(body))
      const taken = status === 200 && looked.has(leaf.at)
      if (!refused && !taken) ignored.push(`${form}: ${status} ${JSON.stringify(body['error'])}`)
    }
    expect(ignored).toEqual([])
  })

  it.each(operations)(
    '$operationId refuses what the specification does not know',
    async ({ method, path }) => {
      const { status, body } = await sandbox.request(method, filled(path), 'nope=1')
      expect(status).toBe(400)
      expect(body['error']).toMatchObject({
        code: 'parameter_unknown',
        param: 'nope',
        message: 'Received unknown parameter: nope',
      })
    },
  )
})
