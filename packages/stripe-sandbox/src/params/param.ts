/**
 * Owns what a request may say: a tree of parameters and the check of a decoded form against it.
 * Promises: unknown, missing, invalid and too long parameters are refused with Stripe's `code`, `param` and text before anything is
 * executed; what comes out holds checked values only, null where the caller cleared a value with an empty string.
 */
import { isAppendedList, type FormObject, type FormValue } from '../http/form.ts'
import { badRequest, missingParameter, notSimulated } from '../http/stripe-error.ts'
import { bareObject, characters } from '../json.ts'
import { currencyIn } from './currencies.ts'
import { readMetadata } from './metadata.ts'

/** What one parameter may be. */
export type Param =
  /** `clearable: false`: an empty string clears nothing, and is refused. */
  | {
      readonly kind: 'string'
      readonly max?: number
      readonly choices?: readonly string[]
      readonly clearable?: boolean
    }
  | { readonly kind: 'integer' }
  | { readonly kind: 'decimal' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'currency' }
  | { readonly kind: 'metadata' }
  | { readonly kind: 'array'; readonly of: Param; readonly max?: number }
  | { readonly kind: 'map'; readonly of: Param }
  /** `clearable` as above. */
  | {
      readonly kind: 'object'
      readonly fields: Fields
      readonly required: readonly string[]
      readonly clearable?: boolean
    }
  | { readonly kind: 'either'; readonly scalar: Param; readonly nested: Param }
  | { readonly kind: 'unsimulated' }

/** The parameters of one level, by name. */
export type Fields = ReadonlyMap<string, Param>

/** The object form of parameters: names and which of them must be given. */
export type ObjectParam = Extract<Param, { kind: 'object' }>

/** A checked value; null means that the caller cleared it. */
export type ParamValue = string | number | boolean | null | readonly ParamValue[] | Params

/** Checked parameters. Absent means that the caller did not mention it. */
export type Params = { readonly [name: string]: ParamValue | undefined }

/** How too long values are refused; Stripe's code and text for them are unverified, so they are settings. */
export type CheckOptions = { readonly too_long_code: string; readonly too_long_message: string }

/** Checks a decoded form. Throws a StripeError 400 at the first thing that is wrong. */
export function checkParams(param: ObjectParam, form: FormObject, options: CheckOptions): Params {
  return checkObject(param, form, '', options)
}

function checkObject(param: ObjectParam, form: FormObject, at: string, options: CheckOptions): Params {
  refuseUnknown(param.fields, form, at)
  refuseUnsimulated(param.fields, form, at)
  for (const name of param.required) {
    if (form[name] === undefined) throw missingParameter(nameIn(at, name))
    if (form[name] === '') throw emptyParameter(nameIn(at, name))
  }
  const checked = bareObject<ParamValue>()
  for (const name of Object.keys(form)) {
    const field = param.fields.get(name)
    const value = form[name]
    if (field && value !== undefined) checked[name] = checkValue(field, value, nameIn(at, name), options)
  }
  return checked
}

function refuseUnknown(fields: Fields, form: FormObject, at: string): void {
  const unknown = Object.keys(form).filter((name) => !fields.has(name))
  const first = unknown[0]
  if (first === undefined) return
  const names = unknown.slice(0, 10).map((name) => nameIn(at, name))
  throw badRequest(`Received unknown parameter${names.length > 1 ? 's' : ''}: ${names.join(', ')}`, {
    code: 'parameter_unknown',
    param: nameIn(at, first),
  })
}

/** Said before anything is missed: what is there may stand in the place of what is not. */
function refuseUnsimulated(fields: Fields, form: FormObject, at: string): void {
  for (const name of Object.keys(form)) {
    if (fields.get(name)?.kind === 'unsimulated')
      throw notSimulated(`The parameter ${nameIn(at, name)}`, nameIn(at, name))
  }
}

function checkValue(param: Param, value: FormValue, at: string, options: CheckOptions): ParamValue {
  switch (param.kind) {
    case 'string':
      return checkString(param, value, at, options)
    case 'integer':
      return checkInteger(scalar(value, at, 'integer'), at)
    case 'decimal':
      return checkDecimal(scalar(value, at, 'decimal'), at)
    case 'boolean':
      return checkBoolean(scalar(value, at, 'boolean'), at)
    case 'currency':
      return checkCurrency(scalar(value, at, 'string'), at)
    case 'metadata':
      return value === '' ? null : readMetadata(value, at)
    case 'array':
      return checkArray(param, value, at, options)
    case 'map':
      return checkMap(param, value, at, options)
    case 'object':
      if (value === '' && param.clearable === false) throw emptyParameter(at)
      if (value === '') return null
      if (typeof value === 'string' || isAppendedList(value))
        throw badRequest('Invalid object', { param: at })
      return checkObject(param, value, at, options)
    case 'either':
      return checkValue(typeof value === 'string' ? param.scalar : param.nested, value, at, options)
    case 'unsimulated':
      throw notSimulated(`The parameter ${at}`, at)
  }
}

function checkString(
  { max, choices, clearable }: Extract<Param, { kind: 'string' }>,
  value: FormValue,
  at: string,
  options: CheckOptions,
): string | null {
  const text = scalar(value, at, 'string')
  if (text === '' && clearable === false) throw emptyParameter(at)
  if (choices) {
    if (choices.includes(text)) return text === '' ? null : text
    if (text === '') throw emptyParameter(at)
    throw badRequest(`Invalid ${at}: must be one of ${listed(choices.filter(Boolean))}`, { param: at })
  }
  if (text.includes('\u0000')) throw badRequest('Invalid string: null bytes are not allowed', { param: at })
  if (max !== undefined && text.length > max && characters(text) > max) {
    const message = options.too_long_message
      .replace('{value}', () => `${text.slice(0, 4)}...${text.slice(-4)}`)
      .replace('{max}', String(max))
    throw badRequest(message, { param: at, code: options.too_long_code })
  }
  return text === '' ? null : text
}

function checkInteger(text: string, at: string): number {
  if (text === '') throw emptyParameter(at)
  const number = Number(text)
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw badRequest(`Invalid integer: ${shortened(text)}`, { code: 'parameter_invalid_integer', param: at })
  }
  // Adding 0 turns -0 into 0, which JSON would otherwise show differently from what is compared.
  return number + 0
}

function checkDecimal(text: string, at: string): string {
  if (text === '') throw emptyParameter(at)
  if (!/^-?\d{1,20}(\.\d{1,12})?$/.test(text))
    throw badRequest(`Invalid decimal: ${shortened(text)}`, { param: at })
  return text
}

function checkBoolean(text: string, at: string): boolean {
  if (text === 'true') return true
  if (text === 'false') return false
  if (text === '') throw emptyParameter(at)
  throw badRequest(`Invalid boolean: ${shortened(text)}`, { param: at })
}

function checkCurrency(text: string, at: string): string {
  if (text === '') throw emptyParameter(at)
  return currencyIn(text, at)
}

function checkArray(
  param: Extract<Param, { kind: 'array' }>,
  value: FormValue,
  at: string,
  options: CheckOptions,
): ParamValue {
  if (value === '') return []
  if (typeof value === 'string') throw badRequest('Invalid array', { param: at })
  const keys = Object.keys(value)
  if (!keys.every((key) => /^\d+$/.test(key))) throw badRequest('Invalid array', { param: at })
  if (param.max !== undefined && keys.length > param.max) {
    throw badRequest(`Invalid array: ${at} may have at most ${param.max} items`, { param: at })
  }
  return keys.map((key) => checkValue(param.of, value[key] ?? '', `${at}[${key}]`, options))
}

function checkMap(
  param: Extract<Param, { kind: 'map' }>,
  value: FormValue,
  at: string,
  options: CheckOptions,
): ParamValue {
  if (value === '') return null
  if (typeof value === 'string' || isAppendedList(value)) throw badRequest('Invalid object', { param: at })
  const checked = bareObject<ParamValue>()
  for (const [key, item] of Object.entries(value))
    checked[key] = checkValue(param.of, item, nameIn(at, key), options)
  return checked
}

function scalar(value: FormValue, at: string, kind: string): string {
  if (typeof value !== 'string')
    throw badRequest(`Invalid ${kind}: ${shortened(JSON.stringify(asWritten(value)))}`, { param: at })
  return value
}

/** What was written with `[]` is shown as the list that it is. */
function asWritten(value: FormObject): FormObject | FormValue[] {
  return isAppendedList(value) ? Object.values(value) : value
}

function emptyParameter(at: string) {
  return badRequest(
    `You passed an empty string for '${at}'. We assume empty values are an attempt to unset a parameter; however '${at}' cannot be ` +
      `unset. You should remove '${at}' from your request or supply a non-empty value.`,
    { code: 'parameter_invalid_empty', param: at },
  )
}

function nameIn(at: string, name: string): string {
  return at === '' ? name : `${at}[${name}]`
}

/** Long values are cut in error texts, as Stripe does, so that an answer stays readable. */
function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 30)}...${text.slice(-10)}` : text
}

function listed(choices: readonly string[]): string {
  if (choices.length < 3) return choices.join(' or ')
  return `${choices.slice(0, -1).join(', ')}, or ${choices.at(-1)}`
}
