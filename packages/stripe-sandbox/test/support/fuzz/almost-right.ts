/**
 * Owns fuzzed requests that are right but for one thing: the calls of the random sequences, with one value that nobody would send.
 * Promises: more than half of them are right altogether, so that the strange ones meet a sandbox that is full.
 */
import { encodeForm, type Form, type FormValue } from '../form.ts'
import type { Call } from '../shop/step.ts'
import type { FuzzRequest } from './api-request.ts'
import type { Dice } from './dice.ts'
import { strangeInteger, strangeText } from './strange.ts'

/** The request of a call. */
export function rightRequest([method, path, form = {}]: Call): FuzzRequest {
  const inQuery = method !== 'POST'
  // A product's id may be chosen by its maker, and hold anything.
  const escaped = path.replaceAll(/[^\x21-\x7e]/gu, encodeURIComponent)
  const isJson = !inQuery && path.startsWith('/v2/')
  const encoded = isJson ? JSON.stringify(form) : encodeForm(form)
  return {
    method,
    path: inQuery && encoded ? `${escaped}?${encoded}` : escaped,
    headers: {
      Authorization: 'Bearer sk_test_fuzz',
      'Content-Type': isJson ? 'application/json' : 'application/x-www-form-urlencoded',
    },
    body: inQuery ? '' : encoded,
  }
}

/** The request of a call, at times with one value or id changed. */
export function almostRight(dice: Dice, [method, path, form = {}]: Call): FuzzRequest {
  const wrong = dice.under(8)
  const said = wrong < 2 ? withOneChanged(dice, form) : form
  const to = wrong === 2 ? path.replace(/[^/]*$/, encodeURIComponent(strangeText(dice).toWellFormed())) : path
  const request = rightRequest([method, to, said])
  if (dice.in(0.8)) return request
  const key = dice.pick(['once', 'twice', 'thrice'])
  return { ...request, headers: { ...request.headers, 'Idempotency-Key': key } }
}

/** The form with one of its values, however deep, made strange. */
function withOneChanged(dice: Dice, form: Form): Form {
  const names = Object.keys(form)
  if (names.length === 0) return { [strangeText(dice).toWellFormed()]: 'x' }
  const name = dice.pick(names)
  return { ...form, [name]: changed(dice, form[name]) }
}

function changed(dice: Dice, value: FormValue | undefined): FormValue {
  if (typeof value === 'object' && value !== null && dice.in(0.9)) {
    const inner: [string, FormValue | undefined][] = Object.entries(value)
    if (inner.length === 0) return 'x'
    const [name] = dice.pick(inner)
    return Object.fromEntries(
      inner.map(([key, one]) => [key, key === name ? changed(dice, one) : (one ?? '')]),
    )
  }
  return dice.in(typeof value === 'number' ? 0.8 : 0.3)
    ? strangeInteger(dice)
    : strangeText(dice).toWellFormed()
}
