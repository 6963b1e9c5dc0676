// Owns: the handle on a service that somebody else runs and named by a URL.
// Promises: it can be used and nothing more: killing and restarting are refused, stopping leaves it running.
import type { LocalService } from './local-service.ts'

/** A handle that only knows the URL; `variable` is the one that named it. */
export function givenService(url: string, variable: string): LocalService {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new Error(`${variable}: this service was not started here, so it is not killed or restarted here`),
    )
  return {
    url,
    provider: variable,
    pids: [],
    kill: refuse,
    restart: refuse,
    onDeath: () => () => {},
    stop: () => Promise.resolve(),
  }
}

/** Hosts and ports of a URL, without name and password; fit to be printed. */
export function placeOf(url: string): string {
  return /^[a-z+]+:\/\/(?:[^/]*@)?([^/?]+)/i.exec(url)?.[1] ?? 'an address that cannot be read'
}
