/**
 * Owns fuzzed requests to the API: routes as they are, with parameters by their declaration or against it.
 * Promises: most requests get far, so that what is deep inside is hit too; ids are those that earlier answers showed.
 */
import type { Route } from '../../../src/http/router.ts'
import type { ObjectParam, Param } from '../../../src/params/param.ts'
import type { Dice } from './dice.ts'
import { strangeInteger, strangeJson, strangeText, written } from './strange.ts'

/** A request as it is sent. */
export type FuzzRequest = {
  readonly method: string
  readonly path: string
  readonly headers: { readonly [name: string]: string | readonly string[] }
  readonly body: string
}

const methods = ['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS', 'HEAD', 'POST', 'GET']

/** One request; `known` are ids to name. */
export function apiRequest(dice: Dice, routes: readonly Route[], known: readonly string[]): FuzzRequest {
  const route = dice.pick(routes)
  const method = dice.in(0.9) ? route.method : dice.pick(methods)
  const path = dice.in(0.95)
    ? route.path.replaceAll(/(\w+)\/\{\w+\}/g, (_all, kind: string) => {
        const id = dice.in(0.9) ? idLike(dice, kind, known) : written(dice, strangeText(dice))
        return `${kind}/${id}`
      })
    : `${dice.pick(['/v1', '/v2', '/v2/core', ''])}/${written(dice, strangeText(dice))}`
  const inBody = method !== 'GET' && method !== 'HEAD' && dice.in(0.9)
  const isJson = path.startsWith('/v2/')
  const form = pairsOf(dice, route.params, known).join('&')
  const query = inBody && dice.in(0.9) ? '' : form
  const body = !inBody ? '' : isJson && dice.in(0.9) ? jsonOf(dice, route.params, known) : form
  return {
    // Half of all strange paths hold what HTTP does not allow in a request line; that is the wire's to try.
    path: (query ? `${path}?${query}` : path).replaceAll(/[^\x21-\x7e]/g, '?'),
    method,
    headers: headersOf(dice, isJson),
    body,
  }
}

function headersOf(dice: Dice, isJson: boolean): FuzzRequest['headers'] {
  const type = isJson ? 'application/json' : 'application/x-www-form-urlencoded'
  const headers: Record<string, string | readonly string[]> = {
    Authorization: dice.in(0.97) ? 'Bearer sk_test_fuzz' : dice.pick(oddAuthorizations),
    'Content-Type': dice.in(0.95)
      ? type
      : dice.pick(['application/json', 'text/plain', 'multipart/form-data', '', ';']),
  }
  if (dice.in(0.2)) headers['Idempotency-Key'] = dice.pick(oddKeys)
  if (dice.in(0.1))
    headers['Stripe-Version'] = dice.pick([
      '2026-10-28.endive',
      '2020-01-01',
      'newest',
      '',
      '\u00ff',
      'x'.repeat(5000),
    ])
  if (dice.in(0.05)) headers['Stripe-Account'] = dice.pick(['acct_1', '', '__proto__'])
  if (dice.in(0.03))
    headers['X-Odd'] = Array.from({ length: dice.under(40) }, () => 'x'.repeat(dice.under(200)))
  return headers
}

const oddAuthorizations = [
  '',
  'Bearer',
  'Bearer  ',
  'Basic !!!',
  'Bearer sk_test_\u00ff',
  'Bearer rk_test_1',
  `Bearer ${'x'.repeat(3000)}`,
]
const oddKeys: readonly (string | readonly string[])[] = [
  'a',
  'b',
  'c',
  'k'.repeat(255),
  'k'.repeat(300),
  ['a', 'b'],
  '\u00e9',
  ' ',
]

/** How ids begin, by the word that names the object in paths and parameters. */
const prefixes: { readonly [word: string]: string } = {
  balance_transactions: 'cbtxn_',
  charge: 'ch_',
  clock: 'clock_',
  configuration: 'bpc_',
  customer: 'cus_',
  event: 'evt_',
  feature: 'feat_',
  invoice: 'in_',
  invoiceitem: 'ii_',
  meter: 'mtr_',
  payment_intent: 'pi_',
  payment_method: 'pm_',
  price: 'price_',
  product: 'prod_',
  subscription: 'sub_',
  tax_id: 'txi_',
}

/** An id that mostly is of the right kind. */
function idLike(dice: Dice, word: string, known: readonly string[]): string {
  const kind = Object.keys(prefixes)
    .filter((one) => word.includes(one))
    .toSorted((one, other) => other.length - one.length)[0]
  const fitting = known.filter((id) => kind !== undefined && id.startsWith(prefixes[kind] ?? ''))
  return fitting.length > 0 && dice.in(0.95) ? dice.pick(fitting) : dice.pick(known)
}

/** Parameters by name: those that must be given mostly are, some others, and at times one that nobody knows. */
function pairsOf(dice: Dice, param: ObjectParam, known: readonly string[]): string[] {
  const pairs = chosen(dice, param).flatMap(([name, inner]) => pairsOfValue(dice, name, inner, known, 0))
  if (dice.in(0.1)) pairs.push(`${written(dice, strangeText(dice))}=${written(dice, strangeText(dice))}`)
  if (dice.in(0.03)) pairs.push(`metadata${'[a]'.repeat(dice.pick([2, 19, 20, 25, 3000]))}=1`)
  return pairs
}

function pairsOfValue(
  dice: Dice,
  at: string,
  param: Param,
  known: readonly string[],
  depth: number,
): string[] {
  if (dice.in(0.04)) return [`${at}=${written(dice, strangeText(dice))}`]
  if (dice.in(0.02)) return [`${at}[]=1`, `${at}[a]=2`]
  switch (param.kind) {
    case 'object':
      return chosen(dice, param).flatMap(([name, inner]) =>
        pairsOfValue(dice, `${at}[${name}]`, inner, known, depth + 1),
      )
    case 'either':
      return pairsOfValue(dice, at, dice.in(0.5) ? param.scalar : param.nested, known, depth)
    case 'array':
      return Array.from({ length: 1 + dice.under(2) }, (_, index) =>
        pairsOfValue(dice, `${at}[${dice.in(0.8) ? index : ''}]`, param.of, known, depth + 1),
      ).flat()
    case 'metadata':
    case 'map':
      return Array.from(
        { length: dice.under(3) },
        () =>
          `${at}[${written(dice, mapKey(dice))}]=${written(dice, scalarOf(dice, at, { kind: 'string' }, known))}`,
      )
    default:
      return [`${at}=${written(dice, scalarOf(dice, at, param, known))}`]
  }
}

const mapKey = (dice: Dice) =>
  dice.in(0.5) ? dice.pick(['a', 'b', 'stripe_customer_id', 'value']) : strangeText(dice)

function jsonOf(dice: Dice, param: ObjectParam, known: readonly string[]): string {
  if (dice.in(0.1))
    return dice.pick(['', '{', '[]', 'null', '"a"', '{"a":', '\ufeff{}', JSON.stringify(strangeJson(dice))])
  const entries = chosen(dice, param).map(([name, inner]) => [
    name,
    dice.in(0.1) ? strangeJson(dice) : jsonValue(dice, name, inner, known),
  ])
  return JSON.stringify(Object.fromEntries(entries))
}

function jsonValue(dice: Dice, name: string, param: Param, known: readonly string[]): unknown {
  if (param.kind === 'object')
    return Object.fromEntries(
      chosen(dice, param).map(([inside, inner]) => [inside, jsonValue(dice, inside, inner, known)]),
    )
  if (param.kind === 'array') return [jsonValue(dice, name, param.of, known)]
  if (param.kind === 'metadata') return { a: strangeText(dice) }
  return scalarOf(dice, name, param, known)
}

function chosen(dice: Dice, { fields, required }: ObjectParam): [string, Param][] {
  return [...fields].filter(([name, { kind }]) =>
    required.includes(name) ? dice.in(0.97) : kind !== 'unsimulated' && dice.in(0.2),
  )
}

function scalarOf(dice: Dice, name: string, param: Param, known: readonly string[]): string {
  if (dice.in(0.05)) return strangeText(dice)
  if (param.kind === 'integer' || param.kind === 'decimal') return strangeInteger(dice)
  if (param.kind === 'boolean') return dice.pick(['true', 'false'])
  if (param.kind === 'string' && param.choices) return dice.pick(param.choices)
  return dice.in(0.6) ? decodeURIComponent(idLike(dice, name, known)) : dice.pick(likely)
}

/** What the checks of single routes ask for. */
const likely = [
  'usd',
  'eur',
  'a@example.com',
  'http://127.0.0.1:9/hook',
  'tok_visa',
  'pm_card_visa',
  '4242424242424242',
  'DE123456789',
  '*',
  'customer.created',
  'name:"a"',
  'metadata["a"]:"1"',
  'customer',
  'data.customer',
  'all',
]
