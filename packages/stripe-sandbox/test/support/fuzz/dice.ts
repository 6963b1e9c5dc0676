/** Owns chance in fuzzed requests: seeded, so that the same seed sends the same requests. */
import { createRandom } from '../../../src/random.ts'

/** A source of choices. */
export type Dice = {
  /** A whole number from 0 to below `count`. */
  under(count: number): number
  /** True in this share of cases. */
  in(share: number): boolean
  pick<T>(list: readonly T[]): T
  /** Some bytes, each as likely as any other. */
  bytes(count: number): Buffer
}

/** The same seed, the same choices. */
export function diceOf(seed: number): Dice {
  const random = createRandom(seed)
  const under = (count: number) => Math.floor(random.unit() * count)
  return {
    under,
    in: (share) => random.unit() < share,
    pick<T>(list: readonly T[]): T {
      const index = under(list.length)
      if (index >= list.length) throw new Error('bug: nothing to pick from')
      // Within the list, whatever a T is.
      return list[index] as T
    },
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => under(256))),
  }
}
