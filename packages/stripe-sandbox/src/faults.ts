/**
 * Owns faults: rules that make the sandbox behave badly on purpose.
 * Promises: a rule applies to exactly the requests or deliveries that it matches, counted from its own making; with the same seed the same
 * ones are hit. The first rule that applies wins.
 */
import {
  parseFault,
  type Fault,
  type FaultAction,
  type RequestAction,
  type WebhookAction,
} from './fault-rule.ts'
import { createRandom, type Random } from './random.ts'

type Rule = Fault & {
  id: string
  matched: number
  applied: number
  random: Random
  regex: RegExp | undefined
}

/** A rule as `/_sandbox/faults` shows it. */
export type FaultView = Fault & { readonly id: string; readonly matched: number; readonly applied: number }

/** The rules of a sandbox. */
export type Faults = {
  /** Checks and adds a rule. Throws an Error that says what is wrong with it. */
  add(rule: unknown): FaultView
  list(): FaultView[]
  /** Removes one, or all; returns how many. */
  remove(id?: string): number
  onRequest(request: {
    method: string
    path: string
    template: string | undefined
  }): RequestAction | undefined
  onDelivery(delivery: { type: string; endpoint: string; attempt: number }): WebhookAction | undefined
}

/** Makes an empty set of rules. */
export function createFaults(): Faults {
  let rules: Rule[] = []
  let made = 0

  function find<A extends FaultAction>(
    on: Fault['on'],
    matches: (rule: Rule) => boolean,
    narrow: (action: FaultAction) => A | undefined,
  ) {
    for (const rule of rules) {
      if (rule.on !== on || !matches(rule)) continue
      rule.matched++
      if (!applies(rule)) continue
      rule.applied++
      return narrow(rule.action)
    }
    return undefined
  }

  return {
    add(input) {
      const fault = parseFault(input)
      made++
      const rule: Rule = {
        ...fault,
        id: `fault_${made}`,
        matched: 0,
        applied: 0,
        random: createRandom(fault.seed ?? made),
        regex: fault.path_regex === undefined ? undefined : new RegExp(fault.path_regex),
      }
      rules.push(rule)
      return view(rule)
    },
    list: () => rules.map(view),
    remove(id) {
      const before = rules.length
      rules = id === undefined ? [] : rules.filter((rule) => rule.id !== id)
      return before - rules.length
    },
    onRequest: ({ method, path, template }) =>
      find(
        'request',
        (rule) =>
          (rule.method === undefined || rule.method === method) &&
          (rule.path === undefined || rule.path === template || rule.path === path) &&
          (rule.regex === undefined || rule.regex.test(path)),
        (action) => (isWebhookAction(action) ? undefined : action),
      ),
    onDelivery: ({ type, endpoint, attempt }) =>
      find(
        'webhook',
        (rule) =>
          (rule.event_type === undefined ||
            rule.event_type === type ||
            matchesWildcard(rule.event_type, type)) &&
          (rule.endpoint === undefined || rule.endpoint === endpoint) &&
          (rule.attempt === undefined || rule.attempt === attempt),
        (action) => (isWebhookAction(action) ? action : undefined),
      ),
  }
}

function applies(rule: Rule): boolean {
  if (rule.times !== undefined && rule.applied >= rule.times) return false
  if (rule.nth !== undefined && !rule.nth.includes(rule.matched)) return false
  if (rule.after !== undefined && rule.matched <= rule.after) return false
  // The roll is taken for each match, so that which ones are hit does not depend on other conditions.
  return rule.probability === undefined || rule.random.unit() < rule.probability
}

function matchesWildcard(pattern: string, type: string): boolean {
  return pattern.endsWith('*') && type.startsWith(pattern.slice(0, -1))
}

function isWebhookAction(action: FaultAction): action is WebhookAction {
  return ['drop', 'duplicate', 'delay_delivery', 'reorder'].includes(action.kind)
}

function view({ random: _random, regex: _regex, ...shown }: Rule): FaultView {
  return shown
}
