/**
 * Owns the reading of the members of a fault rule.
 * Promises: a member that nobody knows is refused with those that are; a value of the wrong kind is refused with what it must be. None is
 * passed over, since a rule that means something else than its author thinks makes a test prove nothing.
 */

/** An object whose members are not known yet. */
export type Members = { readonly [name: string]: unknown }

/** A longer wait than Node's timers can hold would be none at all (ms). */
const waitMaxMs = 2_147_483_647

/** The value as an object. */
export function membersOf(value: unknown, what: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${what} must be an object`)
  // An object that is neither null nor a list can be read by name; the members stay unknown.
  return value as Members
}

/** Refuses members that are not known. */
export function refuseUnknown(members: Members, known: readonly string[], what: string): void {
  for (const name of Object.keys(members)) {
    if (!known.includes(name)) throw new Error(`${what} has no member ${name}; it takes ${known.join(', ')}`)
  }
}

/** Text; absent and null are undefined. */
export function textOf(members: Members, name: string, prefix = ''): string | undefined {
  const value = members[name] ?? undefined
  if (value === undefined || (typeof value === 'string' && value !== '')) return value
  throw new Error(`${prefix}${name} must be a string that is not empty`)
}

/** One of a closed list; absent and null are the first of it. */
export function choiceOf<const T extends string>(
  members: Members,
  name: string,
  choices: readonly [T, ...T[]],
  prefix = '',
): T {
  const value = members[name] ?? choices[0]
  const found = choices.find((choice) => choice === value)
  if (found === undefined) throw new Error(`${prefix}${name} must be one of ${choices.join(', ')}`)
  return found
}

/** true or false; absent and null are false. */
export function flagOf(members: Members, name: string, prefix = ''): boolean {
  const value = members[name] ?? false
  if (typeof value !== 'boolean') throw new Error(`${prefix}${name} must be true or false`)
  return value
}

/** A whole number from `least` on; absent and null are undefined. */
export function wholeOf(members: Members, name: string, least: number, prefix = ''): number | undefined {
  const value = members[name] ?? undefined
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least)
    throw new Error(`${prefix}${name} must be a whole number, ${least} or more`)
  return value
}

/** Milliseconds to wait; absent and null are undefined. */
export function waitOf(members: Members, name: string, prefix = ''): number | undefined {
  const value = members[name] ?? undefined
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !(value >= 0 && value <= waitMaxMs))
    throw new Error(`${prefix}${name} must be milliseconds, from 0 to ${waitMaxMs}`)
  return value
}

/** A share, from 0 to 1; absent and null are undefined. */
export function shareOf(members: Members, name: string): number | undefined {
  const value = members[name] ?? undefined
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    throw new Error(`${name} must be a number from 0 to 1`)
  return value
}

/** The value, or an Error that it is missing. */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`${name} is missing`)
  return value
}

/** Leaves out members that are undefined. */
export function compact<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  // Exactly the optional members can be undefined here: required ones are given by the callers.
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T
}
