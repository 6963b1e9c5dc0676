/**
 * Owns the errors of Stripe's API: status, envelope and texts.
 * Promises: `error.type` is one of the four that travel on the wire; a code brings its `doc_url`; texts are the recorded ones where FACTS
 * has them.
 */
import type { Json, JsonObject } from '../json.ts'

type ErrorType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error'

/** An answer that is an error. Thrown by resources, turned into an answer by the request pipeline. */
export class StripeError extends Error {
  readonly status: number
  readonly fields: ErrorFields
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, fields: ErrorFields, headers: Readonly<Record<string, string>> = {}) {
    super(fields.message)
    this.status = status
    this.fields = fields
    this.headers = headers
  }
}

/**
 * What an error says; `more` holds members such as `decline_code` or an object that belongs to the error. With `listed` it ends with where
 * the list of what is simulated stands.
 */
export type ErrorFields = {
  readonly type?: ErrorType
  readonly code?: string
  readonly message: string
  readonly param?: string
  readonly more?: { readonly [name: string]: Json }
  readonly listed?: true
}

/** Where a sandbox shows what it simulates. */
export const simulatedPath = '/_sandbox/simulated'

/** What an error can point to: where the dashboard shows its request (not known before the caller is), and the sandbox itself. */
export type ErrorLinks = { readonly log: string | undefined; readonly sandbox: string }

/** The body of an error answer, its members in the order of their names, as recorded. */
export function errorBody(
  { type = 'invalid_request_error', code, message, param, more, listed }: ErrorFields,
  { log: logUrl, sandbox }: ErrorLinks,
): JsonObject {
  const members: JsonObject = {
    ...more,
    ...(code ? { code, doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` } : {}),
    message: listed ? `${message} What is, is listed at ${sandbox}${simulatedPath}.` : message,
    ...(param === undefined ? {} : { param }),
    ...(logUrl === undefined ? {} : { request_log_url: logUrl }),
    type,
  }
  return { error: Object.fromEntries(Object.entries(members).toSorted(([a], [b]) => (a < b ? -1 : 1))) }
}

/** 400 about the request as a whole or one parameter. */
export function badRequest(message: string, about: { param?: string; code?: string } = {}): StripeError {
  return new StripeError(400, { message, ...about })
}

/** 400 for a parameter that must be given. */
export function missingParameter(param: string): StripeError {
  return badRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param })
}

/** What the error of a path calls the id in it, where that was recorded; elsewhere it is `id`. */
const pathParams: { readonly [kind: string]: string } = {
  charge: 'charge',
  coupon: 'coupon',
  payment_intent: 'intent',
  PaymentMethod: 'payment_method',
  price: 'price',
}

/** An object that is not there: 400 when a parameter names it, 404 when the path does. */
export function missingResource(kind: string, id: string, param?: string): StripeError {
  if (param === undefined) return missingAtPath(kind, id, pathParams[kind])
  return badRequest(`No such ${kind}: '${id}'`, { code: 'resource_missing', param })
}

/** 404 for an object that the path names. */
export function missingAtPath(kind: string, id: string, param = 'id', hint = ''): StripeError {
  return new StripeError(404, {
    code: 'resource_missing',
    message: `No such ${kind}: '${id}'${hint}`,
    param,
  })
}

/** 400 for something that Stripe has and the sandbox does not: never a plausible answer. */
export function notSimulated(what: string, param?: string): StripeError {
  const message = `${what} is not simulated by the sandbox.`
  return new StripeError(400, { message, listed: true, ...(param === undefined ? {} : { param }) })
}

/** 400 for a time (seconds) that must lie in the future and does not. */
export function pastTime(param: string, seconds: number): StripeError {
  return badRequest(
    `The parameter \`${param}\` expects a unix timestamp representing a date and time in the future. You specified the value ` +
      `\`${seconds}\` which is in the past.`,
    { param },
  )
}

/** 500 of a fault: the outcome is unknown to the caller. */
export function serverError(shouldRetry: boolean): StripeError {
  return new StripeError(
    500,
    { type: 'api_error', message: 'An unknown error occurred' },
    { 'Stripe-Should-Retry': String(shouldRetry) },
  )
}

/** 404 for a verb or path that does not exist. */
export function unknownUrl(method: string, path: string): StripeError {
  return new StripeError(404, {
    message:
      `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at ` +
      'https://support.stripe.com/. Perhaps Stripe has it and the sandbox does not simulate it.',
    listed: true,
  })
}
