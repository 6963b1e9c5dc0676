/**
 * Owns what a key may do, and for whom.
 * Promises: reading needs `read` or `write`, changing needs `write`, on the resource that the path begins with; a key without
 * restrictions may do everything.
 */
import { StripeError } from '../http/stripe-error.ts'
import type { Caller } from './keys.ts'

/** Throws 403 if the key lacks the right. */
export function checkPermission(caller: Caller, method: string, path: string): void {
  const permissions = caller.key?.permissions
  if (!permissions) return
  const resource = path.split('/')[2] ?? ''
  const right = (Object.hasOwn(permissions, resource) ? permissions[resource] : undefined) ?? 'none'
  if (right === 'write' || (right === 'read' && method === 'GET')) return
  const needed = `rak_${resource.replace(/s$/, '')}_${method === 'GET' ? 'read' : 'write'}`
  throw new StripeError(403, {
    message:
      `The provided key '${caller.shown}' does not have the required permissions for this endpoint on account '${caller.realm.account}'. ` +
      `Having the '${needed}' permission would allow this request to continue.`,
  })
}

/** Throws 403 if a header asks for another account than the key's: connected accounts are not simulated. */
export function checkAccount(caller: Caller, named: string | undefined): void {
  if (named === undefined || named === caller.realm.account) return
  throw new StripeError(403, {
    code: 'account_invalid',
    message:
      `The provided key '${caller.shown}' does not have access to account '${named.slice(0, 60)}' (or that account does not exist). ` +
      'Application access may have been revoked.',
  })
}
