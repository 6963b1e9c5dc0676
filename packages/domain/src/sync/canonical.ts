// Owns the one canonical form in which a mirrored value is compared: a non-empty string, or null for "empty".
// Promises: null, "", [], absent, surrounding blanks, a lower-case country and tax_exempt `none` are equal to their
// kin by this definition alone; the trees `observed` and `base` hold canonical strings, `desired` the caller's values.
// Lengths: Stripe's published limits (OpenAPI spec, MIT); 50 metadata keys, of which 5 are ours.

import type { CustomerDocument } from '../customer/document.ts'
import { type Json, type Tree, treeOf } from '../customer/tree.ts'

const addressParts = ['line1', 'line2', 'city', 'state', 'postal_code', 'country'] as const

/** The leaves that every customer has, metadata aside. */
export const fixedLeaves: readonly string[] = [
  'name',
  'email',
  'phone',
  'description',
  'tax_exempt',
  'preferred_locales',
  ...addressParts.map((part) => `address.${part}`),
  'shipping.name',
  'shipping.phone',
  ...addressParts.map((part) => `shipping.address.${part}`),
]

/** Leaves of metadata carry the caller's key after this prefix, dots and all. */
export const metadataPrefix = 'metadata.'
const reservedPrefix = 'metadata.lockstep_'

/** True for the leaves that only we write: `metadata.lockstep_id` and its kin. */
export function isReserved(leaf: string): boolean {
  return leaf.startsWith(reservedPrefix)
}

/** `address.city` → `address`, `metadata.plan` → `metadata`: what a policy speaks of. */
export function fieldOf(leaf: string): string {
  return leaf.split('.', 1)[0] ?? leaf
}

/** The canonical form of one leaf's value; null means empty. */
export function canonical(leaf: string, value: Json | undefined): string | null {
  if (value === undefined || value === null || value === '') return null
  if (leaf.startsWith(metadataPrefix)) return typeof value === 'string' ? value : JSON.stringify(value)
  if (leaf === 'preferred_locales')
    return Array.isArray(value) && value.length > 0 ? JSON.stringify(value) : null
  if (typeof value !== 'string') return JSON.stringify(value)
  const trimmed = value.trim()
  if (trimmed === '' || (leaf === 'tax_exempt' && trimmed === 'none')) return null
  return leaf.endsWith('address.country') ? trimmed.toUpperCase() : trimmed
}

/** The canonical string of a stored `observed` or `base` tree's leaf. */
export function stored(tree: Tree, leaf: string): string | null {
  const value = tree.get(leaf)
  return typeof value === 'string' ? value : null
}

/**
 * The value that `desired` takes when Stripe's side wins: its canonical form is `value`, to the letter. A metadata value
 * that was no string here and reads as JSON comes back as JSON, so that a number stays a number.
 */
export function fromCanonical(leaf: string, value: string | null, before: Json | undefined): Json {
  if (value === null) return null
  if (leaf === 'preferred_locales') return parseJson(value) ?? null
  if (!leaf.startsWith(metadataPrefix) || before === undefined || typeof before === 'string') return value
  const json = parseJson(value)
  // `1.0` or `{ "a": 1 }` would go back to Stripe in another form, over what somebody wrote there.
  return canonical(leaf, json) === value ? (json ?? value) : value
}

function parseJson(text: string): Json | undefined {
  try {
    // JSON.parse answers nothing but JSON values.
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/** What we want at Stripe: the stored tree and our reserved marks. */
export function desiredTree(doc: CustomerDocument): Map<string, Json> {
  const tree = treeOf(doc.desired)
  tree.set('metadata.lockstep_id', doc._id)
  tree.set('metadata.lockstep_key', doc.key)
  tree.set('metadata.lockstep_status', doc.status)
  tree.set('metadata.lockstep_state', doc.state)
  tree.set('metadata.lockstep_tier', doc.tier)
  return tree
}

const ourReserved = new Set(
  ['id', 'key', 'status', 'state', 'tier'].map((name) => `${reservedPrefix}${name}`),
)

/** The parts of a Stripe customer that are mirrored both ways; extra keys are ignored. */
export interface MirroredCustomer {
  name?: string | null | undefined
  email?: string | null | undefined
  phone?: string | null | undefined
  description?: string | null | undefined
  tax_exempt?: string | null | undefined
  preferred_locales?: string[] | null | undefined
  address?: PartialAddress | null | undefined
  shipping?:
    | {
        name?: string | null | undefined
        phone?: string | null | undefined
        address?: PartialAddress | null | undefined
      }
    | null
    | undefined
  metadata?: Record<string, string> | null | undefined
}
type PartialAddress = { [part in (typeof addressParts)[number]]?: string | null | undefined }

/**
 * Stripe's customer as a canonical tree. Reserved keys of a newer version are left out, so that two versions
 * side by side do not fight over them.
 */
export function fromStripe(customer: MirroredCustomer): Map<string, string> {
  const tree = new Map<string, string>()
  const put = (leaf: string, value: Json | undefined) => {
    const form = canonical(leaf, value)
    if (form !== null) tree.set(leaf, form)
  }
  put('name', customer.name)
  put('email', customer.email)
  put('phone', customer.phone)
  put('description', customer.description)
  put('tax_exempt', customer.tax_exempt)
  put('preferred_locales', customer.preferred_locales ?? undefined)
  for (const part of addressParts) {
    put(`address.${part}`, customer.address?.[part])
    put(`shipping.address.${part}`, customer.shipping?.address?.[part])
  }
  put('shipping.name', customer.shipping?.name)
  put('shipping.phone', customer.shipping?.phone)
  for (const [key, value] of Object.entries(customer.metadata ?? {})) {
    const leaf = `${metadataPrefix}${key}`
    if (!isReserved(leaf) || ourReserved.has(leaf)) put(leaf, value)
  }
  return tree
}

/** Characters that Stripe takes at most, by leaf. */
const lengthMax: Record<string, number> = { name: 256, email: 512, phone: 20 }
const textMax = 5000
const metadataKeyMax = 40
const metadataValueMax = 500
const metadataMax = 50
const callersMetadataMax = metadataMax - ourReserved.size

/**
 * Why a leaf has no form that Stripe takes, by leaf name; such a leaf is held: neither pushed nor drift. `base` tells
 * which metadata entries stand at Stripe already: they keep their places, however many there are.
 */
export function unmirrorable(desired: Tree, base: Tree): Map<string, string> {
  const held = new Map<string, string>()
  for (const [leaf, value] of desired) {
    const form = canonical(leaf, value)
    if (form === null) continue
    const reason = leaf.startsWith(metadataPrefix) ? metadataReason(leaf, form) : lengthReason(leaf, form)
    if (reason) held.set(leaf, reason)
  }
  for (const leaf of withoutPlace(desired, base, held)) held.set(leaf, 'metadata_too_many_keys')
  const shipping = shippingReason(desired, held)
  // It travels as a whole, so it is held as a whole, what is to be cleared included.
  if (shipping) for (const leaf of shippingLeaves) if (!held.has(leaf)) held.set(leaf, shipping)
  return held
}

/** The metadata entries that are new at Stripe and find no place there. */
function withoutPlace(desired: Tree, base: Tree, held: ReadonlyMap<string, string>): string[] {
  const filled = [...desired.keys()].filter(
    (leaf) => leaf.startsWith(metadataPrefix) && canonical(leaf, desired.get(leaf)) !== null,
  )
  // So few find their places whatever stands there; asked before each step of nearly every customer.
  if (filled.length <= callersMetadataMax) return []
  // One that is held stays there with its old value.
  const standing = filled.filter((leaf) => base.has(leaf))
  const callers = standing.filter((leaf) => !isReserved(leaf)).length
  const fresh = filled.filter((leaf) => !base.has(leaf) && !held.has(leaf))
  // Where Stripe's own entries leave our marks too few places: as many as there are, our id first. Pushed beyond that, they
  // would be refused, and a caller's change in the same push with them.
  const marks = [...ourReserved]
    .filter((leaf) => fresh.includes(leaf))
    .slice(Math.max(0, metadataMax - standing.length))
  // By name, not in the caller's order: the same entries written in another order must not change places at Stripe.
  const entries = fresh.filter((leaf) => !isReserved(leaf)).toSorted()
  return [...marks, ...entries.slice(Math.max(0, callersMetadataMax - callers))]
}

const shippingLeaves = fixedLeaves.filter((leaf) => leaf.startsWith('shipping.'))

/** Stripe takes no shipping without a name and an address; none at all is fine. */
function shippingReason(desired: Tree, held: ReadonlyMap<string, string>): string | null {
  const filled = shippingLeaves.filter((leaf) => canonical(leaf, desired.get(leaf)) !== null)
  const complete =
    filled.includes('shipping.name') && filled.some((leaf) => leaf.startsWith('shipping.address.'))
  if (filled.length > 0 && !complete) return 'shipping_incomplete'
  const cause = filled.find((leaf) => held.has(leaf))
  return cause === undefined ? null : (held.get(cause) ?? null)
}

function lengthReason(leaf: string, form: string): string | null {
  return isLonger(form, lengthMax[leaf] ?? textMax) ? 'too_long' : null
}

function metadataReason(leaf: string, form: string): string | null {
  const key = leaf.slice(metadataPrefix.length)
  if (key === '') return 'metadata_key_empty'
  // Another version's mark is not read from Stripe, so pushing one would never end.
  if (isReserved(leaf) && !ourReserved.has(leaf)) return 'metadata_key_reserved'
  if (/[[\]]/.test(key)) return 'metadata_key_has_brackets'
  if (isLonger(key, metadataKeyMax)) return 'metadata_key_too_long'
  return isLonger(form, metadataValueMax) ? 'metadata_value_too_long' : null
}

/** In characters as people count them in a limit: code points. A text has no more of them than UTF-16 units. */
function isLonger(text: string, most: number): boolean {
  return text.length > most && Array.from(text).length > most
}
