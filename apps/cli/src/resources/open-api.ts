// Owns how the command line reaches the API: the client, and what each of its errors means for the process.
// Promises: the key comes from the environment alone, so that it stands in no list of processes; an error of the API is
// told with its code, its fields and the request id, and ends with an exit code of its kind.

import {
  ApiError,
  ConnectionError,
  type Lockstep,
  lockstep,
  LockstepError,
  PendingError,
  ServerError,
  TimeoutError,
} from '@lockstep/client'
import { readApiEnvironment } from './api-environment.ts'
import { openScreen } from '../terminal/screen.ts'
import { ExitWith } from '../terminal/command-line.ts'

/** What commands that call the API end with, beside 0 and 2. */
export const apiExits = { refused: 3, unreachable: 4 } as const

/** For the help of each of them. */
export const apiHelp = `
Reads LOCKSTEP_URL and LOCKSTEP_API_KEY.

Ends with 0 (it is done), 3 (the API refused it), 4 (the gateway cannot be
reached) or 2 (wrong use).`

/** Runs `work` with the client. @throws UsageError without the variables; ExitWith after an error of the API */
export async function withApi(work: (api: Lockstep) => Promise<void>): Promise<void> {
  const { url, apiKey } = readApiEnvironment(process.env)
  try {
    await work(lockstep({ url, apiKey }))
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error
    tell(error)
    throw new ExitWith(isUnreachable(error) ? apiExits.unreachable : apiExits.refused)
  }
}

function isUnreachable(error: LockstepError): boolean {
  return [ConnectionError, TimeoutError, ServerError, PendingError].some((kind) => error instanceof kind)
}

function tell(error: LockstepError): void {
  const screen = openScreen(process.stderr, process.env)
  screen.failed(error.message)
  if (!(error instanceof ApiError)) return
  for (const { field, message } of error.errors) screen.note(`${field}: ${message}`)
  if (error.requestId !== null) screen.note(`request ${error.requestId}`)
}
