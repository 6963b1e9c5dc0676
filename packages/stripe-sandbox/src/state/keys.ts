/**
 * Owns API keys: which account and mode each belongs to, and which were revoked.
 * Promises: by default every well-formed secret key is the same account; a key that was bound to another account is that account from the
 * next request on; a revoked one is answered 401.
 */
import { StripeError } from '../http/stripe-error.ts'
import type { Json } from '../json.ts'
import type { SandboxSettings } from '../settings.ts'
import { ownRealm, type Realm, type Store } from './store.ts'
import type { TableKey } from './table.ts'

/** What is known of one key. `permissions` restricts it: resource → what is allowed; null: everything. */
export type BoundKey = {
  readonly id: string
  readonly account: string
  readonly state: 'active' | 'revoked' | 'expired'
  readonly permissions: { readonly [resource: string]: 'read' | 'write' | 'none' } | null
}

const boundKeys: TableKey<BoundKey> = { name: 'keys' }

/** Who makes a request. */
export type Caller = {
  readonly realm: Realm
  readonly key: BoundKey | undefined
  /** The key as error texts show it. */
  readonly shown: string
}

/** The keys of a sandbox. */
export type Keys = {
  /** Throws 401 if the header holds no usable key. */
  authenticate(authorization: string | undefined): Caller
  bind(key: BoundKey): void
  unbind(key: string): void
  list(): BoundKey[]
}

/** Makes the keys over the sandbox's own realm. */
export function createKeys(store: Store, settings: SandboxSettings): Keys {
  const table = () => store.realm(ownRealm, false).table(boundKeys)
  return {
    authenticate(authorization) {
      const secret = readSecret(authorization)
      if (secret === '') throw unauthorized(noKeyText)
      const key = table().get(secret)
      if (key?.state === 'expired')
        throw unauthorized(`Expired API Key provided: ${masked(secret)}`, 'api_key_expired')
      if (key?.state === 'revoked' || (!key && settings.keys === 'bound')) throw invalidKey(secret)
      const mode = /^(?:sk|rk)_(test|live)_\w+$/.exec(secret)?.[1]
      if (!mode)
        throw secret.startsWith('pk_')
          ? unauthorized(publishableText, 'secret_key_required')
          : invalidKey(secret)
      const realm = store.realm(key?.account ?? settings.account, mode === 'live')
      return { realm, key, shown: masked(secret) }
    },
    bind: (key) => table().put(key),
    unbind: (key) => table().forget(key),
    list: () => [...table().oldestFirst()],
  }
}

const noKeyText =
  'You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. ' +
  "'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at " +
  'https://support.stripe.com/.'
const publishableText =
  'This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at ' +
  'https://dashboard.stripe.com/account/apikeys.'

function readSecret(authorization: string | undefined): string {
  const [scheme = '', value = ''] = (authorization ?? '').trim().split(/\s+/, 2)
  if (scheme.toLowerCase() === 'bearer') return value
  if (scheme.toLowerCase() === 'basic')
    return Buffer.from(value, 'base64').toString('utf8').split(':')[0] ?? ''
  return ''
}

/** A key as error texts show it: its kind and its last four characters. */
function masked(secret: string): string {
  return secret.length > 12
    ? `${secret.slice(0, 8)}${'*'.repeat(Math.min(secret.length - 12, 30))}${secret.slice(-4)}`
    : secret
}

function invalidKey(secret: string): StripeError {
  return unauthorized(`Invalid API Key provided: ${masked(secret)}`)
}

function unauthorized(message: string, code?: string): StripeError {
  const fields: { message: string; code?: string; more?: { [name: string]: Json } } = { message }
  if (code) fields.code = code
  return new StripeError(401, fields, { 'WWW-Authenticate': 'Bearer realm="Stripe"' })
}
