// Owns: the order in which providers are asked, and the one error when none can serve.
// Promises: the first provider that can serve does; a provider that cannot says why and what to install; a
// URL that somebody set is taken or is an error, never passed over in silence.
import type { LocalService, Request } from './local-service.ts'

/** One way to get a service. */
export interface Provider {
  /** Stands in the error's list, e.g. `a mongod on this machine`. */
  name: string
  /** Resolves to a service that answers; throws `Unavailable` to let the next provider try. */
  start(request: Request): Promise<LocalService>
}

/** This provider cannot serve here; the next may. `remedy` says what a person could install or set. */
export class Unavailable extends Error {
  readonly remedy: string
  constructor(reason: string, remedy: string) {
    super(reason)
    this.remedy = remedy
  }
}

/**
 * Asks `providers` in order and returns the first service.
 * @throws one Error that lists each provider, why it failed, and what to do; any error other than
 * `Unavailable` at once, since going on would hide it.
 */
export async function firstThatServes(
  what: string,
  providers: Provider[],
  request: Request,
): Promise<LocalService> {
  const failures: string[] = []
  for (const provider of providers) {
    try {
      return await provider.start(request)
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      failures.push(`  - ${provider.name}: ${error.message}\n      ${error.remedy}`)
    }
  }
  throw new Error(`No ${what} for this machine. Tried, in this order:\n${failures.join('\n')}`)
}
