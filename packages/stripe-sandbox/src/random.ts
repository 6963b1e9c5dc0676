/**
 * Owns chance: ids, latency and fault rolls.
 * Promises: with a seed the same draws come in the same order; without one they come from the operating system.
 */
import { randomBytes } from 'node:crypto'

/** A source of chance. */
export type Random = {
  /** Evenly from 0 (included) to 1 (excluded). */
  unit(): number
  /** Evenly from low to high. */
  between(span: readonly [number, number]): number
  /** Letters and digits, `length` of them, behind a prefix. */
  token(length: number, prefix?: string): string
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Longer than any prefix with its token. */
const scratch = Buffer.alloc(128)

/** Makes a source of chance; mulberry32 for a seed, since it is short, fast and good enough for rolls and test ids. */
export function createRandom(seed?: number): Random {
  const unit = seed === undefined ? systemUnits() : seededUnits(seed)
  return {
    unit,
    between: ([low, high]) => low + unit() * (high - low),
    token: (length, prefix = '') => {
      // Built in bytes, prefix and all: text that is concatenated stays a tree of pieces, and ids are kept by the hundred thousand.
      const start = scratch.write(prefix, 'latin1')
      for (let index = start; index < start + length; index++)
        scratch[index] = alphabet.charCodeAt(Math.floor(unit() * alphabet.length))
      return scratch.toString('latin1', 0, start + length)
    },
  }
}

function seededUnits(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** One system call fills 4 KB, enough for about 70 customer ids: a call for each would dominate a create. */
const poolBytes = 4096

function systemUnits(): () => number {
  let pool = randomBytes(poolBytes)
  let offset = 0
  return () => {
    if (offset === poolBytes) {
      pool = randomBytes(poolBytes)
      offset = 0
    }
    const value = pool.readUInt32LE(offset)
    offset += 4
    return value / 4_294_967_296
  }
}
