/**
 * Owns idempotency keys of POST requests, one set for each realm.
 * Promises: one key has one effect; a second request with the same parameters gets the first one's status and body, errors and 500s
 * included; other parameters are a mismatch; while the first is in flight the second is refused with 409. Nothing is kept for a request
 * that failed validation. A key is forgotten once it is as old as the setting says (on the sandbox's clock).
 */
import { createHash } from 'node:crypto'
import { badRequest, StripeError } from '../http/stripe-error.ts'
import type { JsonObject } from '../json.ts'
import type { SandboxSettings } from '../settings.ts'
import type { Realm } from './store.ts'
import type { Table, TableKey } from './table.ts'

/** What is kept for a key. `at` is in milliseconds on the sandbox's clock. */
export type IdempotencyRecord = {
  readonly id: string
  readonly fingerprint: string
  readonly status: number
  readonly body: JsonObject
  readonly headers: { readonly [name: string]: string }
  readonly request: string
  readonly at: number
}

const v1Records: TableKey<IdempotencyRecord> = { name: 'idempotency' }
const v2Records: TableKey<IdempotencyRecord> = { name: 'idempotency_v2' }

/** v2 keeps keys for 30 days. */
const v2PruneSeconds = 30 * 86_400

const keyLengthMax = 255

/** Keys in flight, by realm and key. Not persisted: a request that died with the process had no effect, or its record was written. */
export type InFlight = Map<string, string>

/** A key that was taken for a request. */
export type Claim = {
  readonly id: string
  readonly name: string
  readonly fingerprint: string
  readonly v2: boolean
}

/**
 * Takes a key for a request, or returns the record to replay.
 * Throws 400 on a mismatch, 409 while another request holds the key.
 */
export function claimKey(options: {
  readonly realm: Realm
  readonly inFlight: InFlight
  readonly settings: SandboxSettings
  readonly now: number
  readonly key: string
  readonly method: string
  readonly path: string
  readonly body: string
}): Claim | IdempotencyRecord {
  const { realm, inFlight, settings, now, key, method, path, body } = options
  if (key.length > keyLengthMax) {
    throw badRequest(
      `Idempotency-Key must be at most ${keyLengthMax} characters, but you passed in ${key.length}.`,
    )
  }
  const v2 = path.startsWith('/v2/')
  const records = realm.table(v2 ? v2Records : v1Records)
  prune(records, now, v2 ? v2PruneSeconds : settings.idempotency_prune_seconds)
  const id = settings.idempotency_scope === 'endpoint' ? `${method} ${path} ${key}` : key
  const name = `${realm.name} ${v2 ? 'v2 ' : ''}${id}`
  const fingerprint = fingerprintOf(method, path, body)
  const held = inFlight.get(name)
  const record = records.get(id)
  if ((held ?? record?.fingerprint ?? fingerprint) !== fingerprint) throw mismatch(key)
  if (held !== undefined) throw inUse(key, settings)
  if (record) return record
  inFlight.set(name, fingerprint)
  return { id, name, fingerprint, v2 }
}

/** Keeps the outcome of a request for its key. In v2 a failed request is executed again, so its failure is not kept. */
export function keepOutcome(
  realm: Realm,
  claim: Claim,
  outcome: Pick<IdempotencyRecord, 'status' | 'body' | 'headers' | 'request' | 'at'>,
): void {
  if (claim.v2 && outcome.status >= 400) return
  // Written out, so that all records have one shape: spread members would take twice the room.
  realm.table(claim.v2 ? v2Records : v1Records).put({
    id: claim.id,
    fingerprint: claim.fingerprint,
    status: outcome.status,
    body: outcome.body,
    headers: outcome.headers,
    request: outcome.request,
    at: outcome.at,
  })
}

/** True for a record to replay, false for a key that was taken. */
export function isRecord(claimed: Claim | IdempotencyRecord): claimed is IdempotencyRecord {
  return 'status' in claimed
}

/** The same parameters in another order or encoding are the same request; the order within one name counts. */
function fingerprintOf(method: string, path: string, body: string): string {
  const pairs = body.split('&').filter(Boolean).map(decoded)
  if (pairs.length > 1) pairs.sort((a, b) => order(name(a), name(b)))
  return createHash('sha1')
    .update(`${method} ${path} ${pairs.join('&')}`)
    .digest('base64')
}

/** A name and a value of which every way of writing them is this one. */
const plainPair = /^[\w\-.!~*'()[\]]*(?:=[\w\-.!~*'()[\]]*)?$/

/** What cannot be decoded is refused by whoever reads it; here it is compared as it came. */
function decoded(pair: string): string {
  if (plainPair.test(pair)) return pair
  const at = pair.indexOf('=')
  try {
    return at < 0 ? written(pair) : `${written(pair.slice(0, at))}=${written(pair.slice(at + 1))}`
  } catch {
    return pair
  }
}

/** Encoded again in one way, so that what separates pairs stays apart from what is in them; brackets stay as most clients write them. */
function written(part: string): string {
  const text = decodeURIComponent(part.replaceAll('+', ' '))
  return encodeURIComponent(text).replaceAll('%5B', '[').replaceAll('%5D', ']')
}

const name = (pair: string) => pair.slice(0, pair.indexOf('='))
const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Records stand in the order of their time, so only those that go are looked at. */
function prune(table: Table<IdempotencyRecord>, now: number, seconds: number): void {
  for (const record of table.oldestFirst()) {
    if (now - record.at < seconds * 1000) return
    table.forget(record.id)
  }
}

function mismatch(key: string): StripeError {
  return new StripeError(400, {
    type: 'idempotency_error',
    message:
      'Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than ' +
      `'${key}' if you meant to execute a different request.`,
  })
}

function inUse(key: string, settings: SandboxSettings): StripeError {
  return new StripeError(409, {
    type: settings.in_use_error_type,
    code: 'idempotency_key_in_use',
    message: settings.in_use_message.replace('{key}', () => key),
  })
}
