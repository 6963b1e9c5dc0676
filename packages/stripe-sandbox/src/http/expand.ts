/**
 * Owns `expand`: ids turned into objects, and members that are only there when asked for.
 * Promises: at most four levels; a path that leads to nothing expandable is refused with Stripe's text before anything is executed,
 * whatever the answer would hold; the stored object is never changed, and a deleted one stays the stub that it is.
 */
import type { Core } from '../core.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { Realm } from '../state/store.ts'
import { badRequest } from './stripe-error.ts'

/** Gives what stands in place of an expandable member. */
export type Expander = (context: { core: Core; realm: Realm; object: JsonObject }) => Json

/** One member that a path may name. */
export type Expansion = {
  /** The kind of object that then stands there, or `list` and the kind of its items; absent: nothing in it can be expanded. */
  readonly gives?: string
  /** Absent: the member is an object as it is, and naming it changes nothing. */
  readonly value?: Expander
}

/** Expandable members by the kind of object, then by path inside it. */
export type Expanders = { readonly [kind: string]: { readonly [path: string]: Expansion } }

const levelsMax = 4

/** A member that is an object without being asked for. */
export const inPlace: Expansion = {}

/** Members that Stripe expands and that hold nothing here: null or an empty list stays what it is. */
export function holdNothing(...names: string[]): { readonly [path: string]: Expansion } {
  return Object.fromEntries(names.map((name) => [name, inPlace]))
}

/** Checks paths against the kind of the answer. Throws 400 for the first one that cannot be expanded. */
export function checkExpand(expanders: Expanders, kind: string, paths: readonly string[]): void {
  for (const path of paths) {
    const steps = path.split('.')
    if (steps.length > levelsMax)
      throw badRequest(`You cannot expand more than ${levelsMax} levels of a property. Property: ${path}`)
    const [first = ''] = steps
    if (isList(kind) && expansionAt(expanders, kind, steps).length === 0) {
      throw badRequest(
        `This property cannot be expanded (${first}). You may want to try expanding 'data.${first}' instead.`,
      )
    }
    let at: string | undefined = kind
    for (let done = 0; done < steps.length; ) {
      const { length, gives } = expansionAt(expanders, at, steps.slice(done))
      if (length === 0)
        throw badRequest(`This property cannot be expanded (${steps.slice(0, done + 1).join('.')}).`)
      done += length
      at = gives
    }
  }
}

/** Expands an answer along paths that were checked. */
export function expand(
  core: Core,
  realm: Realm,
  expanders: Expanders,
  answer: JsonObject,
  paths: readonly string[],
): JsonObject {
  let expanded = answer
  for (const path of paths) {
    const next = walk({ core, realm, expanders }, expanded, path.split('.'))
    if (isJsonObject(next)) expanded = next
  }
  return expanded
}

/** How many steps the longest known member takes that a path begins with (0: none), and what stands there. */
function expansionAt(
  expanders: Expanders,
  kind: string | undefined,
  steps: readonly string[],
): Expansion & { readonly length: number } {
  if (kind !== undefined && isList(kind) && steps[0] === 'data')
    return { length: 1, gives: kind.slice(kind.indexOf(' ') + 1) }
  const known = expanders[kind?.split(' ', 1)[0] ?? ''] ?? {}
  for (let length = steps.length; length > 0; length--) {
    const name = steps.slice(0, length).join('.')
    const found = Object.hasOwn(known, name) ? known[name] : undefined
    if (found) return { ...found, length }
  }
  return { length: 0 }
}

function isList(kind: string): boolean {
  return kind.includes(' ')
}

type Walk = { core: Core; realm: Realm; expanders: Expanders }

function walk(context: Walk, value: Json | undefined, steps: readonly string[]): Json {
  if (steps.length === 0 || value === null || value === undefined) return value ?? null
  if (Array.isArray(value)) return value.map((item) => walk(context, item, steps))
  if (!isJsonObject(value) || value['deleted'] === true) return value
  const { length, value: expander } = expansionAt(context.expanders, kindOf(value), steps)
  // `data` of a list is no member of a kind of object; it is walked through like any other.
  const taken = steps.slice(0, length || 1)
  const present = read(value, taken)
  const object =
    isJsonObject(present) || !expander
      ? present
      : expander({ core: context.core, realm: context.realm, object: value })
  if (object === undefined) return value
  return write(value, taken, walk(context, object, steps.slice(taken.length)))
}

function kindOf({ object }: JsonObject): string | undefined {
  return typeof object === 'string' ? object : undefined
}

function read(value: JsonObject, steps: readonly string[]): Json | undefined {
  let at: Json | undefined = value
  for (const step of steps) at = isJsonObject(at) && Object.hasOwn(at, step) ? at[step] : undefined
  return at
}

function write(value: JsonObject, steps: readonly string[], leaf: Json): JsonObject {
  const [step, ...rest] = steps
  if (step === undefined) return value
  const inner = value[step]
  return { ...value, [step]: rest.length === 0 ? leaf : write(isJsonObject(inner) ? inner : {}, rest, leaf) }
}
