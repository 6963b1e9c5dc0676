/**
 * Owns faults: rules that make the sandbox behave badly on purpose.
 * Promises: each rule counts what it matches by itself, from its own making, whatever other rules do; the first rule that applies wins.
 * With the same seed, the same requests or deliveries in the same order are hit: a roll is taken for every match, applied or not.
 */
import { eventTypesOf } from '../events/event-types.ts'
import { actionKinds, type FaultAction, type RequestAction, type WebhookAction } from './fault-action.ts'
import { parseFault, shapeOf, type Fault } from './fault-rule.ts'
import { createRandom, type Random } from '../random.ts'

/** A rule as `/_sandbox/faults` shows it: how many requests or deliveries it matched, and how many it hit. */
export type FaultView = Fault & { readonly id: string; readonly matched: number; readonly applied: number }

/** The rules of a sandbox. */
export type Faults = {
  /** Checks and adds a rule. Throws an Error that says what is wrong with it. */
  add(rule: unknown): FaultView
  /** Adds several, all or none: one that is refused leaves none of those before it at work. */
  addAll(rules: readonly unknown[]): FaultView[]
  list(): FaultView[]
  /** Removes one, or all; returns how many. */
  remove(id?: string): number
  /** Removes all and begins to count rules anew, so that the same rules get the same ids and rolls again. */
  reset(): void
  onRequest(request: {
    method: string
    path: string
    template: string | undefined
  }): RequestAction | undefined
  onDelivery(delivery: { type: string; endpoint: string; attempt: number }): WebhookAction | undefined
}

type Rule = {
  readonly id: string
  readonly fault: Fault
  readonly random: Random
  readonly regex: RegExp | undefined
  readonly shape: string | undefined
  readonly types: ReadonlySet<string> | undefined
  matched: number
  applied: number
}

/** Makes an empty set of rules over the path templates of the sandbox's routes. A rule without a seed takes one from `seed` and its number. */
export function createFaults(templates: readonly string[], seed = 0): Faults {
  const shapes = new Map(templates.map((template) => [template, shapeOf(template)]))
  const known = new Set(shapes.values())
  let rules: Rule[] = []
  let made = 0

  function find(on: Fault['on'], matches: (rule: Rule) => boolean): FaultAction | undefined {
    let winner: Rule | undefined
    for (const rule of rules) {
      if (rule.fault.on !== on || !matches(rule)) continue
      rule.matched++
      const { probability } = rule.fault
      const hit = probability === undefined || rule.random.unit() < probability
      if (hit && applies(rule)) winner ??= rule
    }
    if (winner) winner.applied++
    return winner?.fault.action
  }

  const parse = (input: unknown) => parseFault(input, (template) => known.has(shapeOf(template)))

  function put(fault: Fault): FaultView {
    made++
    const rule: Rule = {
      id: `fault_${made}`,
      fault,
      random: createRandom(fault.seed ?? seed + made),
      regex: fault.path_regex === undefined ? undefined : new RegExp(fault.path_regex),
      shape: fault.path?.includes('{') ? shapeOf(fault.path) : undefined,
      types: fault.event_type === undefined ? undefined : new Set(eventTypesOf(fault.event_type)),
      matched: 0,
      applied: 0,
    }
    rules.push(rule)
    return view(rule)
  }

  return {
    add: (input) => put(parse(input)),
    addAll: (inputs) => inputs.map(parse).map(put),
    list: () => rules.map(view),
    remove(id) {
      const before = rules.length
      rules = id === undefined ? [] : rules.filter((rule) => rule.id !== id)
      return before - rules.length
    },
    reset() {
      rules = []
      made = 0
    },
    onRequest({ method, path, template }) {
      const action = find('request', ({ fault, regex, shape }) => {
        if (fault.method !== undefined && fault.method !== method) return false
        if (regex && !regex.test(path)) return false
        if (shape !== undefined) return template !== undefined && shapes.get(template) === shape
        return fault.path === undefined || fault.path === path
      })
      return action && isRequestAction(action) ? action : undefined
    },
    onDelivery({ type, endpoint, attempt }) {
      const action = find(
        'webhook',
        ({ fault, types }) =>
          (!types || types.has(type)) &&
          (fault.endpoint === undefined || fault.endpoint === endpoint) &&
          (fault.attempt === undefined || fault.attempt === attempt),
      )
      return action && !isRequestAction(action) ? action : undefined
    },
  }
}

function applies({ fault, matched, applied }: Rule): boolean {
  if (fault.times !== undefined && applied >= fault.times) return false
  if (fault.nth !== undefined && !fault.nth.includes(matched)) return false
  return fault.after === undefined || matched > fault.after
}

function isRequestAction(action: FaultAction): action is RequestAction {
  return actionKinds[action.kind].on === 'request'
}

function view({ id, fault, matched, applied }: Rule): FaultView {
  return { ...fault, id, matched, applied }
}
