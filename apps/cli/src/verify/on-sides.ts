// Owns what the commands that need both sides of a tenant share: opening them, and how their failures end.
// Promises: where a side is away they say so and end with 4; a key of another account or mode ends with 2 and both ids, and
// nothing was read or written with it but the account itself.

import { StoreUnavailable } from '@lockstep/domain/store/store'
import type { SidesEnvironment } from '../environment.ts'
import { ExitWith, UsageError } from '../terminal/command-line.ts'
import { openScreen } from '../terminal/screen.ts'
import { NotComparable, type OpenSides, openSides } from './open-sides.ts'
import { KeyRefused, StripeUnreachable } from './stripe-side.ts'

const unreachableExit = 4

/** What was not done, in words: `nothing was compared`. */
export interface OnSides {
  json: boolean
  nothingWas: string
  /** A tenant that is not there yet is no failure. */
  newTenants?: boolean
}

/** Runs `work` on both sides. @throws UsageError, ExitWith 4 */
export async function onSides<T>(
  environment: SidesEnvironment,
  { json, nothingWas, newTenants = false }: OnSides,
  work: (sides: OpenSides) => Promise<T>,
): Promise<T> {
  try {
    const sides = await openSides(environment, { newTenants })
    try {
      return await work(sides)
    } finally {
      await sides.close()
    }
  } catch (error) {
    const reason = unreachable(error)
    if (reason === null) throw asUsage(error, nothingWas)
    if (json) process.stdout.write(`${JSON.stringify({ error: { code: 'unreachable', message: reason } })}\n`)
    else openScreen(process.stderr, process.env).failed(nothingWas, reason)
    throw new ExitWith(unreachableExit)
  }
}

function unreachable(error: unknown): string | null {
  if (error instanceof StoreUnavailable) return 'MongoDB is away'
  return error instanceof StripeUnreachable ? error.message : null
}

function asUsage(error: unknown, nothingWas: string): unknown {
  const wrong = error instanceof NotComparable || error instanceof KeyRefused
  return wrong ? new UsageError(`${sentence(nothingWas)}: ${error.message}.`) : error
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
