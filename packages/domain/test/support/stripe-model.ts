// Owns a tiny Stripe for pure tests: one customer, changed by form parameters as FACTS of Stripe's API say (nested objects
// merge leaf by leaf, "" clears, shipping needs a name and an address, 50 metadata keys of 40 and 500 characters).
// Promises: a refused call changes nothing; deterministic; ignores idempotency (see the protocol's own tests for that).

import type { StripeCustomer } from '../../src/stripe/customer-object.ts'
import { fixedLeaves, fromStripe, metadataPrefix } from '../../src/sync/canonical.ts'
import { stripeCustomerOf } from './documents.ts'

export type ModelAnswer =
  | { kind: 'ok'; customer: StripeCustomer }
  | { kind: 'refused'; code: string; param: string | null }

export interface ModelStripe {
  create(form: readonly (readonly [string, string])[]): ModelAnswer
  update(form: readonly (readonly [string, string])[]): ModelAnswer
  customer(): StripeCustomer
  /** Somebody edits in the dashboard. */
  edit(leaf: string, value: string | null): void
  calls: [string, string][][]
}

export interface ModelOptions {
  /** What Stripe makes of a value. */
  normalise?: (leaf: string, value: string) => string
  /** A parameter that Stripe refuses: by its name and value. */
  refuses?: (name: string, value: string) => boolean
  /** A refusal names its parameter; default true. */
  named?: boolean
}

/** A Stripe that knows one customer; `start` is what it holds before. */
export function modelStripe(start: ReadonlyMap<string, string>, options: ModelOptions = {}): ModelStripe {
  const { normalise = (_, value) => value, refuses = () => false, named = true } = options
  let held = new Map(start)
  const calls: [string, string][][] = []

  function take(form: readonly (readonly [string, string])[], before: Map<string, string>): ModelAnswer {
    calls.push(form.map(([name, value]) => [name, value]))
    const bad = form.find(([name, value]) => refuses(name, value))
    if (bad) return refusal('parameter_invalid', bad[0])
    const next = new Map(before)
    if (form.some(([name]) => name.startsWith('preferred_locales'))) next.delete('preferred_locales')
    for (const [name, value] of form) put(next, name, value)
    const fault = faultOf(next, form)
    if (fault) return refusal('parameter_invalid', fault)
    for (const [leaf, value] of next) next.set(leaf, normalise(leaf, value))
    held = next
    return { kind: 'ok', customer: customer() }
  }

  function refusal(code: string, param: string): ModelAnswer {
    return { kind: 'refused', code, param: named ? param : null }
  }

  function customer(): StripeCustomer {
    return stripeCustomerOf(held)
  }

  return {
    calls,
    customer,
    create: (form) => take(form, new Map()),
    update: (form) => take(form, held),
    edit(leaf, value) {
      if (value === null) held.delete(leaf)
      else held.set(leaf, value)
    },
  }
}

function put(tree: Map<string, string>, name: string, value: string): void {
  const locale = /^preferred_locales\[(\d+)\]$/.exec(name)
  if (locale) {
    const list = JSON.parse(tree.get('preferred_locales') ?? '[]') as string[] // Put there by the next line alone.
    list[Number(locale[1])] = value
    tree.set('preferred_locales', JSON.stringify(list))
    return
  }
  if (name === 'shipping' && value === '') {
    for (const leaf of tree.keys()) if (leaf.startsWith('shipping.')) tree.delete(leaf)
    return
  }
  const leaf = leafOf(name)
  if (value === '' || (leaf === 'tax_exempt' && value === 'none')) tree.delete(leaf)
  else tree.set(leaf, value)
}

/** A parameter that Stripe does not know is a fault of the caller. */
function leafOf(name: string): string {
  const metadata = /^metadata\[([^[\]]+)\]$/s.exec(name)
  if (metadata) return `${metadataPrefix}${metadata[1]}`
  const leaf = name.replaceAll(/\[([^\]]*)\]/g, '.$1')
  if (!fixedLeaves.includes(leaf)) throw new Error(`Stripe knows no parameter ${name}`)
  return leaf
}

const lengthMax: Record<string, number> = { name: 256, email: 512, phone: 20 }

function faultOf(tree: Map<string, string>, form: readonly (readonly [string, string])[]): string | null {
  const shipping = [...tree.keys()].filter((leaf) => leaf.startsWith('shipping.'))
  if (shipping.length > 0 && form.some(([name]) => name.startsWith('shipping'))) {
    if (!shipping.includes('shipping.name')) return 'shipping[name]'
    if (!shipping.some((leaf) => leaf.startsWith('shipping.address.'))) return 'shipping[address]'
  }
  const keys = [...tree.keys()].filter((leaf) => leaf.startsWith(metadataPrefix))
  if (keys.length > 50) return 'metadata'
  for (const [name, value] of form) {
    const key = /^metadata\[(.*)\]$/s.exec(name)?.[1]
    if (key !== undefined && (Array.from(key).length > 40 || Array.from(value).length > 500)) return name
    if (key === undefined && Array.from(value).length > (lengthMax[name] ?? 5000)) return name
  }
  return null
}

/** What the model shows, as canonical leaves. */
export function shownTree(stripe: ModelStripe): Map<string, string> {
  return fromStripe(stripe.customer())
}
