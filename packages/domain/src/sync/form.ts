// Owns the form parameters that a push sends: flat names in Stripe's bracket notation and string values.
// Promises: pure and deterministic; names stay pairs, so a key like `__proto__` is only ever a text.

import type { SentLeaf } from '../customer/document.ts'
import { isReserved, metadataPrefix } from './canonical.ts'

/** The parameters for these leaves; `null` clears. On a create empty leaves are left out by the planner. */
export function formOf(leaves: readonly SentLeaf[]): [string, string][] {
  const shipping = leaves.filter(({ k }) => k.startsWith('shipping.'))
  const rest = leaves.filter(({ k }) => !k.startsWith('shipping.'))
  const form = rest.flatMap(parametersOf)
  if (shipping.length === 0) return form
  // Shipping without any value is cleared as a whole: Stripe takes no part of it alone.
  if (shipping.every(({ v }) => v === null)) return [...form, ['shipping', '']]
  return [...form, ...shipping.map(({ k, v }): [string, string] => [bracketed(k), v ?? ''])]
}

function parametersOf({ k, v }: SentLeaf): [string, string][] {
  if (k.startsWith(metadataPrefix)) return [[`metadata[${k.slice(metadataPrefix.length)}]`, v ?? '']]
  if (k === 'tax_exempt') return [[k, v ?? 'none']]
  if (k === 'preferred_locales' && v !== null) {
    // The canonical form of this leaf is a JSON array of strings.
    const locales = JSON.parse(v) as string[]
    return locales.map((locale, index) => [`preferred_locales[${index}]`, locale])
  }
  return [[bracketed(k), v ?? '']]
}

/** `shipping.address.city` → `shipping[address][city]`. */
function bracketed(leaf: string): string {
  const [head, ...rest] = leaf.split('.')
  return `${head}${rest.map((part) => `[${part}]`).join('')}`
}

/** The leaves that a refused parameter names, among those sent; none where it names none of them. */
export function leavesOfParam(param: string | null, sent: readonly SentLeaf[]): string[] {
  if (param === null) return []
  const names = new Set(sent.map(({ k }) => k))
  const metadata = /^metadata\[(.*)\]$/s.exec(param)
  const leaf = metadata
    ? `${metadataPrefix}${metadata[1]}`
    : param.replaceAll('][', '.').replace('[', '.').replace(/\]$/, '')
  const head = leaf.split('.', 1)[0] ?? leaf
  // Shipping travels as a whole, so it is refused as a whole.
  if (names.has(leaf) && head !== 'shipping') return [leaf]
  if (metadata) return []
  // `shipping[phone]`, `address`, `preferred_locales[0]`: the whole group that travelled.
  const group = [...names].filter((name) => name === head || name.startsWith(`${head}.`))
  const callers = group.filter((name) => !isReserved(name))
  // `metadata`: our marks are the last to be blamed, since a create without our id could not be found again.
  return callers.length > 0 ? callers : group
}
