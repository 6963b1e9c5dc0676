/**
 * Owns `expand`: ids turned into objects, and members that are only there when asked for.
 * Promises: at most four levels; a path that leads to nothing expandable is refused with Stripe's text; the stored object is never
 * changed.
 */
import type { Core } from '../core.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { Realm } from '../state/store.ts'
import { badRequest } from './stripe-error.ts'

/** Gives what stands in place of an expandable member. */
export type Expander = (context: { core: Core; realm: Realm; object: JsonObject }) => Json

/** Expandable members by `object`, then by path inside the object. */
export type Expanders = { readonly [object: string]: { readonly [path: string]: Expander } }

const levelsMax = 4

/** Expands an answer along the given paths. */
export function expand(
  core: Core,
  realm: Realm,
  expanders: Expanders,
  answer: JsonObject,
  paths: readonly string[],
): JsonObject {
  let expanded = answer
  for (const path of paths) {
    const steps = path.split('.')
    if (steps.length > levelsMax + (steps[0] === 'data' ? 1 : 0)) {
      throw badRequest(`You cannot expand more than ${levelsMax} levels of a property (${path}).`, {
        param: 'expand',
      })
    }
    const next = walk({ core, realm, expanders, path }, expanded, steps)
    if (isJsonObject(next)) expanded = next
  }
  return expanded
}

type Walk = { core: Core; realm: Realm; expanders: Expanders; path: string }

function walk(context: Walk, value: Json | undefined, steps: readonly string[]): Json {
  const step = steps[0]
  if (step === undefined || value === null || value === undefined) return value ?? null
  if (Array.isArray(value)) return value.map((item) => walk(context, item, steps))
  if (!isJsonObject(value)) throw notExpandable(context.path)
  const known = (typeof value['object'] === 'string' ? context.expanders[value['object']] : undefined) ?? {}
  for (let length = 1; length <= steps.length; length++) {
    const name = steps.slice(0, length).join('.')
    const expander = Object.hasOwn(known, name) ? known[name] : undefined
    if (!expander) continue
    const present = read(value, steps.slice(0, length))
    const object = isJsonObject(present)
      ? present
      : expander({ core: context.core, realm: context.realm, object: value })
    return write(value, steps.slice(0, length), walk(context, object, steps.slice(length)))
  }
  const inner = Object.hasOwn(value, step) ? value[step] : undefined
  if (typeof inner !== 'object' || steps.length === 1) throw notExpandable(context.path)
  return { ...value, [step]: walk(context, inner, steps.slice(1)) }
}

function read(value: JsonObject, steps: readonly string[]): Json | undefined {
  let at: Json | undefined = value
  for (const step of steps) at = isJsonObject(at) ? at[step] : undefined
  return at
}

function write(value: JsonObject, steps: readonly string[], leaf: Json): JsonObject {
  const [step, ...rest] = steps
  if (step === undefined) return value
  const inner = value[step]
  return { ...value, [step]: rest.length === 0 ? leaf : write(isJsonObject(inner) ? inner : {}, rest, leaf) }
}

function notExpandable(path: string) {
  return badRequest(`This property cannot be expanded (${path}).`, { param: 'expand' })
}
