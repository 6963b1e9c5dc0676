// Owns the reading of the database's errors: away, or a unique rule broken. Everything else is a bug and passes.
// Two engines speak here: MongoDB, and FerretDB over PostgreSQL, which stays connected while its PostgreSQL is away
// and then answers `InternalError` (code 1) with PostgreSQL's words in the text.

import { mongo, Error as MongooseErrors } from 'mongoose'
import { StoreUnavailable, type UniqueRule } from '../store.ts'
import type { CollectionName } from './collections.ts'
import { ruleOfIndex } from './indexes.ts'

/**
 * MongoDB's codes for "not now": it steps down, shuts down, cannot be reached, has no majority, or ran out of time or
 * disk (the server's error_codes.yml). The effect of a write is unknown with some of them.
 */
const awayCodes = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  50, // MaxTimeMSExpired
  64, // WriteConcernTimeout
  79, // UnknownReplWriteConcern
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // UnsatisfiableWriteConcern
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  189, // PrimarySteppedDown
  262, // ExceededTimeLimit
  462, // IngressRequestRateLimitExceeded
  9001, // SocketException
  10058, // LegacyNotPrimary
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
  14031, // OutOfDiskSpace
])

/** FerretDB's code for whatever its PostgreSQL or the way to it answered. */
const internalError = 1

/**
 * The way to PostgreSQL is broken, or PostgreSQL cannot serve now: connection lost (08…), resources out (53…),
 * shutting down or starting (57P0…).
 */
const postgresAway = [
  /failed to connect/i,
  /connection (refused|reset|timed out)/i,
  /conn(ection)? (is )?closed/i,
  /closed network connection/i,
  // pgx tidies a connection before it uses it again, and fails at that only where the connection is gone.
  /failed to deallocate cached statement/i,
  /server closed the connection/i,
  /postmaster was shut down/i,
  /closed pool/i,
  /broken pipe/i,
  /unexpected EOF/i,
  /i\/o timeout/i,
  /context (deadline exceeded|canceled)/i,
  /database system is (starting up|shutting down|not (yet )?accepting connections|in recovery mode)/i,
  /terminating connection/i,
  /too many clients/i,
  /SQLSTATE (08|53|57P)/,
  /No space left on device/i,
]

const awayErrors = [
  mongo.MongoNetworkError,
  mongo.MongoServerSelectionError,
  mongo.MongoNotConnectedError,
  mongo.MongoTopologyClosedError,
  mongo.MongoClientClosedError,
  mongo.MongoExpiredSessionError,
  mongo.MongoOperationTimeoutError,
  mongo.MongoWriteConcernError,
  MongooseErrors.MongooseServerSelectionError,
]

/** These two are not among the driver's exports. */
const awayNames = new Set(['MongoWaitQueueTimeoutError', 'MongoPoolClearedError', 'MongoPoolClosedError'])

/**
 * Node's words for a connection that is gone. The driver passes them on as they are where a connection dies while a
 * command is still being written to it.
 */
const socketCodes = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** The database is away or cannot take a write now, in whatever words its engine says so. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (awayNames.has(error.name) || awayErrors.some((kind) => error instanceof kind)) return true
  if ('code' in error && typeof error.code === 'string' && socketCodes.has(error.code)) return true
  if (error instanceof mongo.MongoBulkWriteError) {
    // A batch that failed as a whole wraps the error that it failed with.
    const whole: unknown = error.errorResponse
    return isAway(whole) || isAwayAnswer(error) || writeErrorsOf(error).some(isAwayAnswer)
  }
  return error instanceof mongo.MongoServerError && isAwayAnswer(error)
}

interface Answer {
  code?: number | string | undefined
  message?: string
  errmsg?: string | undefined
}

function isAwayAnswer(answer: Answer): boolean {
  if (typeof answer.code !== 'number') return false
  if (awayCodes.has(answer.code) || /^(08|53|57P)/.test(sqlState(answer.code) ?? '')) return true
  // A lost race that was lost too often.
  if (isLostRace(answer)) return true
  const text = answer.errmsg ?? answer.message ?? ''
  return answer.code === internalError && postgresAway.some((words) => words.test(text))
}

/**
 * FerretDB passes an error of PostgreSQL that it has no code for as PostgreSQL's own number: five characters of six
 * bits each, counted from `0`, the first one lowest (MAKE_SQLSTATE in PostgreSQL's elog.h). Null for other codes.
 */
function sqlState(code: number): string | null {
  // MongoDB's own codes end far below; a number this high has a fourth or fifth character.
  if (code < 2 ** 18 || code >= 2 ** 30) return null
  return [0, 6, 12, 18, 24].map((shift) => String.fromCharCode(((code >> shift) & 63) + 48)).join('')
}

/** MongoDB's WriteConflict; outside of transactions it retries by itself, mostly. */
const writeConflict = 112

/**
 * Two writes met, this one gave way and left nothing behind: try it again at once. PostgreSQL calls it a deadlock or a
 * serialisation failure (class 40); there it comes where two inserts of one unique value wait for each other.
 */
export function isLostRace(answer: Answer): boolean {
  if (typeof answer.code !== 'number') return false
  return answer.code === writeConflict || (sqlState(answer.code) ?? '').startsWith('40')
}

/** One item of a batch that failed. */
export interface WriteFailure {
  index: number
  code: number
  errmsg?: string | undefined
}

/** A batch's failures by item; the driver answers one or many. */
export function writeErrorsOf(error: InstanceType<typeof mongo.MongoBulkWriteError>): WriteFailure[] {
  const failures = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors]
  return failures.map(({ index, code, errmsg }) => ({ index, code, errmsg }))
}

/**
 * The unique rule that a duplicate-key text names, from the name of its index: `… index: NAME dup key: …` (MongoDB)
 * or `… Index 'NAME'` (FerretDB). Throws on a rule that we do not have.
 */
export function ruleOfText(collection: CollectionName, text: string): UniqueRule {
  // MongoDB repeats the offending values after the name: callers' words, so only the first match counts.
  const name = /index: (\S+) dup key/.exec(text)?.[1] ?? /Index '([^']+)'/.exec(text)?.[1]
  const rule = name === undefined ? undefined : ruleOfIndex(collection, name)
  if (rule === undefined)
    throw new Error(`bug: a duplicate of an unknown unique index: ${name ?? 'none named'}`)
  return rule
}

/** The unique rule that this error of a write to the collection says was broken; null for any other error. */
export function brokenRule(collection: CollectionName, error: unknown): UniqueRule | null {
  const isDuplicate = error instanceof mongo.MongoServerError && error.code === 11000
  return isDuplicate ? ruleOfText(collection, error.message) : null
}

/**
 * Every function of `port` as it is, but an absent database becomes StoreUnavailable, and no error carries the
 * documents of its command along: they hold personal data, and errors end in logs.
 */
export function translated<Port extends object>(port: Port): Port {
  const entries = Object.entries(port).map(([name, call]) => [
    name,
    async (...args: unknown[]): Promise<unknown> => {
      try {
        return await call(...args)
      } catch (error) {
        throw told(error)
      }
    },
  ])
  // The same names with the same signatures: each only wraps its original.
  return Object.fromEntries(entries) as Port
}

/** What callers are told of a failure. */
export function told(error: unknown): unknown {
  if (isAway(error)) return new StoreUnavailable(bare(error))
  return error instanceof mongo.MongoError ? bare(error) : error
}

/** The error's words alone. */
function bare(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('no error at all')
  const code = 'code' in error && typeof error.code === 'number' ? ` (${error.code})` : ''
  return new Error(`${error.name}${code}: ${error.message}`)
}
