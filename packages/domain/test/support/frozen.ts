// Owns the proof that a pure decision leaves what it is given untouched: in a frozen value a change throws.

/** The value, frozen all the way down. */
export function frozen<V>(value: V): V {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value)
    Object.values(value).forEach(frozen)
  }
  return value
}
