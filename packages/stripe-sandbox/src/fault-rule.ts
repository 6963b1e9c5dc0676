/**
 * Owns the form of a fault rule and its check.
 * Promises: a rule that was parsed is complete and consistent (a webhook action on webhooks, a request action on requests).
 */

const limitReasons = [
  'global-rate',
  'endpoint-rate',
  'global-concurrency',
  'endpoint-concurrency',
  'resource-specific',
] as const

/** What happens to a request. Times are in milliseconds. */
export type RequestAction =
  /** The request waits before anything happens to it, or its answer does after everything did. */
  | { readonly kind: 'delay'; readonly ms: number; readonly when: 'before' | 'after' }
  /** 409 idempotency_key_in_use; nothing happens, nothing is kept. */
  | { readonly kind: 'conflict' }
  /** 429 of the limiter. */
  | { readonly kind: 'rate_limit'; readonly reason: (typeof limitReasons)[number] }
  /** 429 of a held object lock. */
  | { readonly kind: 'lock_timeout' }
  /** 500, kept for the idempotency key. `after`: the effect happened. `roll_forward_ms`: it happens that much later. */
  | {
      readonly kind: 'server_error'
      readonly when: 'before' | 'after'
      readonly roll_forward_ms?: number
      readonly should_retry: boolean
    }
  /** Another failure status (502, 503, 504, 424 …); nothing is kept for the key. A refusal may name its `code` and `param`. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly when: 'before' | 'after'
      readonly code?: string
      readonly param?: string
    }
  /** The connection is cut without an answer. */
  | { readonly kind: 'cut'; readonly when: 'before' | 'after' }

/** What happens to one delivery attempt of a webhook. */
export type WebhookAction =
  /** Never sent; counts as a failed attempt if `retry`, else as delivered: the event is lost for good. */
  | { readonly kind: 'drop'; readonly retry: boolean }
  /** Sent `count` times more. */
  | { readonly kind: 'duplicate'; readonly count: number; readonly ms: number }
  | { readonly kind: 'delay_delivery'; readonly ms: number }
  /** Held back until `behind` later deliveries to the same endpoint were sent, or `ms` passed. */
  | { readonly kind: 'reorder'; readonly behind: number; readonly ms: number }

/** Anything a rule can do. */
export type FaultAction = RequestAction | WebhookAction

/** A checked rule. */
export type Fault = {
  readonly on: 'request' | 'webhook'
  /** GET, POST or DELETE. */
  readonly method?: string
  /** A path or a template such as `/v1/customers/{id}`. */
  readonly path?: string
  readonly path_regex?: string
  /** Webhooks: a type, or one ending in `*`. */
  readonly event_type?: string
  /** Webhooks: the id of an endpoint. */
  readonly endpoint?: string
  /** Webhooks: 1 is the first attempt. */
  readonly attempt?: number
  /** Which matches are hit, counted from 1. */
  readonly nth?: readonly number[]
  /** Leaves the first matches alone. */
  readonly after?: number
  readonly probability?: number
  readonly seed?: number
  /** How often the rule applies at most. */
  readonly times?: number
  readonly action: FaultAction
}

type Input = { readonly [name: string]: unknown }

/** Checks a rule. Throws an Error that names what is wrong. */
export function parseFault(input: unknown): Fault {
  const rule = record(input, 'a fault')
  const action = parseAction(record(rule['action'], 'action'))
  const webhook = ['drop', 'duplicate', 'delay_delivery', 'reorder'].includes(action.kind)
  const known = [
    'on',
    'method',
    'path',
    'path_regex',
    'event_type',
    'endpoint',
    'attempt',
    'nth',
    'after',
    'probability',
    'seed',
    'times',
    'action',
  ]
  for (const name of Object.keys(rule))
    if (!known.includes(name)) throw new Error(`unknown member of a fault: ${name}`)
  const on = webhook ? 'webhook' : 'request'
  if (rule['on'] !== undefined && rule['on'] !== on) throw new Error(`${action.kind} applies to ${on}s only`)
  const nth = rule['nth']
  const regex = optionalText(rule, 'path_regex')
  if (regex !== undefined) new RegExp(regex)
  return compact({
    on,
    method: optionalText(rule, 'method')?.toUpperCase(),
    path: optionalText(rule, 'path'),
    path_regex: regex,
    event_type: optionalText(rule, 'event_type'),
    endpoint: optionalText(rule, 'endpoint'),
    attempt: optionalNumber(rule, 'attempt'),
    nth: nth === undefined ? undefined : (Array.isArray(nth) ? nth : [nth]).map((one) => number(one, 'nth')),
    after: optionalNumber(rule, 'after'),
    probability: optionalNumber(rule, 'probability'),
    seed: optionalNumber(rule, 'seed'),
    times: optionalNumber(rule, 'times'),
    action,
  })
}

function parseAction(action: Input): FaultAction {
  const kind = action['kind']
  const when = action['when'] === 'after' ? 'after' : 'before'
  const ms = optionalNumber(action, 'ms')
  switch (kind) {
    case 'delay':
      return { kind, ms: number(action['ms'], 'action.ms'), when }
    case 'delay_delivery':
      return { kind, ms: number(action['ms'], 'action.ms') }
    case 'conflict':
    case 'lock_timeout':
      return { kind }
    case 'rate_limit': {
      const reason = limitReasons.find((one) => one === (action['reason'] ?? 'endpoint-rate'))
      if (!reason) throw new Error(`action.reason must be one of ${limitReasons.join(', ')}`)
      return { kind, reason }
    }
    case 'server_error':
      return compact<Extract<RequestAction, { kind: 'server_error' }>>({
        kind,
        when,
        roll_forward_ms: optionalNumber(action, 'roll_forward_ms'),
        should_retry: action['should_retry'] === true,
      })
    case 'status': {
      const status = number(action['status'], 'action.status')
      if (status < 400 || status > 599) throw new Error('action.status must be from 400 to 599')
      return compact<Extract<RequestAction, { kind: 'status' }>>({
        kind,
        status,
        when,
        code: optionalText(action, 'code'),
        param: optionalText(action, 'param'),
      })
    }
    case 'cut':
      return { kind, when }
    case 'drop':
      return { kind, retry: action['retry'] === true }
    case 'duplicate':
      return { kind, count: optionalNumber(action, 'count') ?? 1, ms: ms ?? 0 }
    case 'reorder':
      return { kind, behind: optionalNumber(action, 'behind') ?? 1, ms: ms ?? 5000 }
    default:
      throw new Error(
        'action.kind must be one of delay, conflict, rate_limit, lock_timeout, server_error, status, cut, drop, duplicate, ' +
          'delay_delivery, reorder',
      )
  }
}

function record(value: unknown, what: string): Input {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${what} must be an object`)
  // An object that is neither null nor a list can be read by name; the members stay unknown.
  return value as Input
}

function optionalText(from: Input, name: string): string | undefined {
  const value = from[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw new Error(`${name} must be a string`)
  return value
}

function optionalNumber(from: Input, name: string): number | undefined {
  const value = from[name]
  return value === undefined || value === null ? undefined : number(value, name)
}

function number(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw new Error(`${name} must be a number, 0 or more`)
  return value
}

/** Leaves out members that are undefined. */
function compact<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  // Exactly the optional members can be undefined here: required ones are given by the callers above.
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T
}
