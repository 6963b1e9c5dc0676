/**
 * Owns what a fault does: its kinds, their members, and their check.
 * Promises: an action that was parsed is complete; one with a member that its kind does not know is refused.
 */
import {
  choiceOf,
  compact,
  flagOf,
  type Members,
  membersOf,
  refuseUnknown,
  required,
  textOf,
  waitOf,
  wholeOf,
} from './fault-members.ts'

const limitReasons = [
  'endpoint-rate',
  'global-rate',
  'global-concurrency',
  'endpoint-concurrency',
  'resource-specific',
] as const

/** Before anything happened, or after everything did. */
type When = 'before' | 'after'

/** What happens to a request. Times are in milliseconds. */
export type RequestAction =
  /** The request waits before anything happens to it, or its answer does after everything did. */
  | { readonly kind: 'delay'; readonly ms: number; readonly when: When }
  /** 409 idempotency_key_in_use; nothing happens, nothing is kept. */
  | { readonly kind: 'conflict' }
  /** 429 of the limiter. */
  | { readonly kind: 'rate_limit'; readonly reason: (typeof limitReasons)[number] }
  /** 429 of a held object lock. */
  | { readonly kind: 'lock_timeout' }
  /** 500, kept for the idempotency key. `after`: the effect happened. `roll_forward_ms`: it happens that much later. */
  | {
      readonly kind: 'server_error'
      readonly when: When
      readonly roll_forward_ms?: number
      readonly should_retry: boolean
    }
  /** Another failure status (502, 503, 504, 424 …); nothing is kept for the key. A refusal may name its `code` and `param`. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly when: When
      readonly code?: string
      readonly param?: string
    }
  /** The connection is cut without an answer. */
  | { readonly kind: 'cut'; readonly when: When }

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

/** What each kind applies to, the members that it takes beside `kind`, and what it does. */
export const actionKinds: {
  readonly [Kind in FaultAction['kind']]: {
    readonly on: Kind extends WebhookAction['kind'] ? 'webhook' : 'request'
    readonly members: readonly string[]
    readonly about: string
  }
} = {
  delay: {
    on: 'request',
    members: ['ms', 'when'],
    about: 'The request waits before anything happens to it, or its answer after everything did.',
  },
  conflict: {
    on: 'request',
    members: [],
    about: '409 idempotency_key_in_use; nothing happens, nothing is kept.',
  },
  rate_limit: {
    on: 'request',
    members: ['reason'],
    about: '429 of the limiter, with Stripe-Rate-Limited-Reason (any of the five of Stripe).',
  },
  lock_timeout: {
    on: 'request',
    members: [],
    about: '429 of a held object lock, with Stripe-Should-Retry: true.',
  },
  server_error: {
    on: 'request',
    members: ['when', 'roll_forward_ms', 'should_retry'],
    about: '500, kept for the key; nothing happened, or everything did, or it does so much later.',
  },
  status: {
    on: 'request',
    members: ['status', 'when', 'code', 'param'],
    about:
      'A failure of what stands before Stripe, from 400 to 599; code and param make it a refusal of one parameter.',
  },
  cut: { on: 'request', members: ['when'], about: 'The connection ends without an answer.' },
  drop: {
    on: 'webhook',
    members: ['retry'],
    about: 'Never sent: the event is lost for good, or with retry only this attempt.',
  },
  duplicate: { on: 'webhook', members: ['count', 'ms'], about: 'Sent so many times more, so long apart.' },
  delay_delivery: { on: 'webhook', members: ['ms'], about: 'Sent so much later.' },
  reorder: {
    on: 'webhook',
    members: ['behind', 'ms'],
    about: 'Held back until so many later ones to the same receiver were sent, or so long.',
  },
}

/** Copies of one delivery: more than any receiver should have to sort out. */
const copiesMax = 1000

/** How long a reordered delivery waits for later ones that never come, unless the rule says so (ms). */
const reorderMs = 5000

/** Checks an action. Throws an Error that names what is wrong. */
export function parseAction(input: unknown): FaultAction {
  const action = membersOf(input, 'action')
  const kind = kindOf(action)
  refuseUnknown(action, ['kind', ...actionKinds[kind].members], `the action ${kind}`)
  const at = 'action.'
  const when = choiceOf(action, 'when', ['before', 'after'], at)
  switch (kind) {
    case 'delay':
      return { kind, ms: required(waitOf(action, 'ms', at), 'action.ms'), when }
    case 'delay_delivery':
      return { kind, ms: required(waitOf(action, 'ms', at), 'action.ms') }
    case 'conflict':
    case 'lock_timeout':
      return { kind }
    case 'rate_limit':
      return { kind, reason: choiceOf(action, 'reason', limitReasons, at) }
    case 'server_error':
      return serverError(action, when)
    case 'status':
      return status(action, when)
    case 'cut':
      return { kind, when }
    case 'drop':
      return { kind, retry: flagOf(action, 'retry', at) }
    case 'duplicate':
      return { kind, count: copiesOf(action), ms: waitOf(action, 'ms', at) ?? 0 }
    case 'reorder':
      return {
        kind,
        behind: wholeOf(action, 'behind', 1, at) ?? 1,
        ms: waitOf(action, 'ms', at) ?? reorderMs,
      }
  }
}

function kindOf(action: Members): FaultAction['kind'] {
  for (const kind of kindNames) if (kind === action['kind']) return kind
  throw new Error(`action.kind must be one of ${kindNames.join(', ')}`)
}

// The table above has exactly the kinds, which Object.keys forgets.
const kindNames = Object.keys(actionKinds) as FaultAction['kind'][]

function copiesOf(action: Members): number {
  const count = wholeOf(action, 'count', 1, 'action.') ?? 1
  if (count > copiesMax) throw new Error(`action.count must be at most ${copiesMax}`)
  return count
}

function serverError(action: Members, when: When): FaultAction {
  const later = waitOf(action, 'roll_forward_ms', 'action.')
  if (later !== undefined && when === 'after')
    throw new Error(
      'action.roll_forward_ms goes with "when": "before": afterwards there is nothing left to do',
    )
  return compact<Extract<FaultAction, { kind: 'server_error' }>>({
    kind: 'server_error',
    when,
    roll_forward_ms: later,
    should_retry: flagOf(action, 'should_retry', 'action.'),
  })
}

function status(action: Members, when: When): FaultAction {
  const code = required(wholeOf(action, 'status', 0, 'action.'), 'action.status')
  if (code < 400 || code > 599) throw new Error('action.status must be from 400 to 599')
  return compact<Extract<FaultAction, { kind: 'status' }>>({
    kind: 'status',
    status: code,
    when,
    code: textOf(action, 'code', 'action.'),
    param: textOf(action, 'param', 'action.'),
  })
}
