/**
 * Owns what a command of `stripe-sandbox` is, and what ends one early.
 * Promises: a command's words, flags and examples stand beside what it does, and its help is made from them.
 */

/** What a command was given: its flags by name, and the words behind its own name. */
export type Given = {
  readonly flags: { readonly [name: string]: string | boolean | readonly string[] | undefined }
  readonly words: readonly string[]
  /** Says a line to whoever typed the command. */
  readonly print: (line: string) => void
}

/** A flag. With `value` it takes one, which the help calls so. */
export type Flag = {
  readonly name: string
  readonly value?: string
  readonly many?: true
  readonly about: string
}

/** A command. What `run` resolves with is the exit code; nothing is 0. */
export type Command = {
  readonly name: string
  /** What stands behind the name: `TYPE`, `[FILE]`. */
  readonly words: string
  readonly about: string
  /** What its own help says beside. */
  readonly more?: string
  /** What to type, and what it does. */
  readonly examples: readonly (readonly [line: string, about: string])[]
  readonly flags: readonly Flag[]
  readonly run: (given: Given) => Promise<number | void>
}

/** What the exit codes mean, in the order of the help. */
export const exitCodes = {
  0: 'done',
  1: 'a wrong command line, or something that was refused',
  3: 'a receiver did not take an event',
  4: 'no sandbox answers',
} as const

/** Ends a command with a text for people and an exit code. */
export class CommandError extends Error {
  readonly code: keyof typeof exitCodes
  constructor(message: string, code: keyof typeof exitCodes = 1) {
    super(message)
    this.code = code
  }
}

/** The value of a flag that takes one. */
export function textFlag({ flags }: Given, name: string): string | undefined {
  const value = flags[name]
  return typeof value === 'string' ? value : undefined
}

/** The values of a flag that may be given several times. */
export function textFlags({ flags }: Given, name: string): readonly string[] {
  const value = flags[name]
  return Array.isArray(value) ? value.map(String) : []
}

/** The value of a flag as a whole number. */
export function wholeFlag(given: Given, name: string): number | undefined {
  const text = textFlag(given, name)
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text)) throw new CommandError(`--${name} needs a whole number, not ${text}`)
  return Number(text)
}
