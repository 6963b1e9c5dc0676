/**
 * Owns what a restricted key may do.
 * Promises: reading needs `read` or `write`, changing needs `write`, on the resource that the path begins with; a key without
 * restrictions may do everything.
 */
import { StripeError } from '../http/stripe-error.ts'
import { masked, type Caller } from './keys.ts'

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
      `The provided key '${masked(caller.key?.id ?? '')}' does not have the required permissions for this endpoint on account '${caller.realm.account}'. ` +
      `Having the '${needed}' permission would allow this request to continue.`,
  })
}
