// Owns how a request is carried out as a part of another one: the batch's items, the tools of the MCP server.
// Promises: the part is checked, applied and refused exactly as if it had come by itself, with the caller's own rights;
// a refusal is an answer, never an exception.

import type { LockstepError } from '@lockstep/domain/error/catalogue'
import { asLockstepError, problemAnswer } from './problem.ts'
import type { Answer, ApiIncoming, ApiRoute } from './route.ts'

/** What a part asks for. Header names in lower case. */
export interface Part {
  params?: Readonly<Record<string, string>>
  query?: Readonly<Record<string, unknown>>
  headers?: Readonly<Record<string, string>>
  body?: unknown
}

/** Carries out one part. `unforeseen` hears of errors that are bugs. */
export type CallRoute = (route: ApiRoute, part: Part, whole: PartOf) => Promise<Answer>

/** What a part takes over from the request that it came in. */
export type PartOf = Pick<ApiIncoming, 'caller' | 'requestId' | 'signal'>

export function routeCaller(unforeseen: (requestId: string, error: LockstepError) => void): CallRoute {
  return async (route, part, { caller, requestId, signal }) => {
    try {
      return await route.handle({
        caller,
        requestId,
        signal,
        method: route.method,
        params: part.params ?? {},
        query: part.query ?? {},
        header: (name) => part.headers?.[name],
        body: part.body,
        // One line a request: the parts of it have none.
        note: () => undefined,
      })
    } catch (error) {
      const known = asLockstepError(error)
      if (known.kind === 'bug') unforeseen(requestId, known)
      return problemAnswer(known, requestId)
    }
  }
}
