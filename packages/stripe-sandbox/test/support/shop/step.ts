/**
 * Owns what a step of a random sequence is: one API call on objects that are known by then, or time that passes.
 * Promises: a step is chosen before anything runs, so a failing sequence shrinks and can be repeated; it prints as what it does.
 */
import fc from 'fast-check'
import type { Form } from '../form.ts'

/** A request. */
export type Call = readonly [method: 'GET' | 'POST' | 'DELETE', path: string, form?: Form]

/** The ids that answers and events have shown, by kind of object, oldest first. */
export type Known = ReadonlyMap<string, readonly string[]>

/** Notes every object in an answer. */
export function learn(known: Map<string, string[]>, value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (
    'object' in value &&
    'id' in value &&
    typeof value.object === 'string' &&
    typeof value.id === 'string'
  ) {
    const ids = known.get(value.object) ?? []
    known.set(value.object, ids)
    if (!ids.includes(value.id)) ids.push(value.id)
  }
  for (const inner of Object.values(value)) learn(known, inner)
}

/** One step. `undefined`: there is nothing yet that it could be done to. */
export type Step = {
  readonly name: string
  /** Seconds that pass on the sandbox's clock, instead of a call. */
  readonly seconds?: number
  call(known: Known): Call | undefined
}

/** A kind of step: what is random about it, and the call that follows from that and from what is known. */
export function step<T>(
  name: string,
  args: fc.Arbitrary<T>,
  call: (known: Known, args: T) => Call | undefined,
): fc.Arbitrary<Step> {
  return args.map((chosen) => ({
    name,
    call: (known: Known) => call(known, chosen),
    [fc.toStringMethod]: () => `${name} ${fc.stringify(chosen)}`,
  }))
}

/** Time that passes on the sandbox's clock. */
export function passing(seconds: fc.Arbitrary<number>): fc.Arbitrary<Step> {
  return seconds.map((chosen) => ({
    name: 'time passes',
    seconds: chosen,
    call: () => undefined,
    [fc.toStringMethod]: () => `${chosen} s pass`,
  }))
}

/** Which of the known objects: 0 is the newest, and most likely, so that sequences get deep. */
export const which = fc.oneof({ weight: 3, arbitrary: fc.nat(1) }, fc.nat(7))

/** The id of a known object; undefined if there is none of its kind. */
export function pick(known: Known, kind: string, index: number): string | undefined {
  const ids = known.get(kind) ?? []
  return ids[ids.length - 1 - (index % Math.max(ids.length, 1))]
}

/** A step on one known object: `path` gets its id. */
export function stepOn<T>(
  name: string,
  kind: string,
  args: fc.Arbitrary<T>,
  call: (id: string, args: T, known: Known) => Call | undefined,
): fc.Arbitrary<Step> {
  return step(name, fc.tuple(which, args), (known, [index, chosen]) => {
    const id = pick(known, kind, index)
    return id === undefined ? undefined : call(id, chosen, known)
  })
}

/** Metadata of few keys, so that updates meet; a value of '' removes, and some keys are those that break careless programs. */
export const metadata = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'ключ'),
  fc.constantFrom('', '1', '2', 'true'),
  { maxKeys: 3, noNullPrototype: false },
)

/** A form of any of the given fields. */
export function anyOf<T>(fields: { [Name in keyof T]: fc.Arbitrary<T[Name]> }) {
  return fc.record(fields, { requiredKeys: [] })
}
