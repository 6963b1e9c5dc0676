/**
 * Owns the kinds of settings and their checks.
 * Promises: a value that a check returns is of the kind; text from a command line is read as well as JSON.
 */

/** A setting of one kind: its default, its meaning, and its check, which throws an Error that says what it must be. */
export type Setting<T> = {
  readonly initial: T
  readonly about: string
  readonly parse: (value: unknown) => T
}

/** One of a closed list. */
export function oneOf<const T extends string>(
  choices: readonly T[],
  initial: NoInfer<T>,
  about: string,
): Setting<T> {
  return {
    initial,
    about,
    parse: (value) => {
      const found = choices.find((choice) => choice === value)
      if (found === undefined) throw new Error(`must be one of ${choices.join(', ')}`)
      return found
    },
  }
}

/** The longest that a timer can wait (ms), and 68 years in seconds: more than any setting needs. */
const numberMax = 2_147_483_647

/** A whole number, 0 or more. */
export function whole(initial: number, about: string): Setting<number> {
  return {
    initial,
    about,
    parse: (value) => {
      const number = typeof value === 'string' && value !== '' ? Number(value) : value
      if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > numberMax) {
        throw new Error(`must be a whole number from 0 to ${numberMax}`)
      }
      return number
    },
  }
}

/** A whole number, or null for none. */
export function wholeOrNull(initial: number | null, about: string): Setting<number | null> {
  const inner = whole(0, about)
  return {
    initial,
    about,
    parse: (value) => (value === null || value === 'null' ? null : inner.parse(value)),
  }
}

/** true or false. */
export function flag(initial: boolean, about: string): Setting<boolean> {
  return {
    initial,
    about,
    parse: (value) => {
      if (value === true || value === 'true') return true
      if (value === false || value === 'false') return false
      throw new Error('must be true or false')
    },
  }
}

/** Text. */
export function text(initial: string, about: string): Setting<string> {
  return {
    initial,
    about,
    parse: (value) => {
      if (typeof value !== 'string') throw new Error('must be a string')
      return value
    },
  }
}

/** Text of a form; `what` says which. */
export function formed(form: RegExp, what: string, initial: string, about: string): Setting<string> {
  return {
    initial,
    about,
    parse: (value) => {
      if (typeof value !== 'string' || !form.test(value)) throw new Error(`must be ${what}`)
      return value
    },
  }
}

/** A span of milliseconds from which a duration is drawn: `[60, 120]`, `"60-120"`, or one number for both ends. */
export type Span = readonly [number, number]

/** Milliseconds from which a duration is drawn. */
export function span(initial: Span, about: string): Setting<Span> {
  return {
    initial,
    about,
    parse: (value) => {
      const parts = typeof value === 'string' ? value.split('-') : Array.isArray(value) ? value : [value]
      const numbers = parts.map((part) => (part === '' || part === null ? Number.NaN : Number(part)))
      const low = numbers[0] ?? Number.NaN
      const high = numbers[1] ?? low
      if (!(low >= 0 && high >= low && high <= 600_000) || numbers.length > 2) {
        throw new Error('must be MIN-MAX in milliseconds, or one number')
      }
      return [low, high]
    },
  }
}

/** A list of seconds. */
export function seconds(initial: readonly number[], about: string): Setting<readonly number[]> {
  return {
    initial,
    about,
    parse: (value) => {
      const list = typeof value === 'string' ? value.split(',').filter(Boolean).map(Number) : value
      const isWait = (item: unknown) => typeof item === 'number' && item >= 0 && item <= numberMax
      if (!Array.isArray(list) || !list.every(isWait)) throw new Error('must be a list of seconds')
      return list
    },
  }
}
