/**
 * Owns the check of addresses that callers give.
 * Promises: an address without a scheme is refused with Stripe's code and text.
 */
import { badRequest } from '../http/stripe-error.ts'

const web = /^https?:\/\/[^\s/]+/
/** People may be sent back to an app too, by a scheme of its own. */
const any = /^[a-z][a-z0-9+.-]*:\/\/[^\s]+/i

/** Throws 400 unless the text is the address of something on the web, or with `apps` of anything. */
export function checkUrl(
  text: string | null | undefined,
  param: string,
  { apps = false }: { readonly apps?: boolean } = {},
): void {
  if (text && (apps ? any : web).test(text) && URL.canParse(text)) return
  throw badRequest('Invalid URL: An explicit scheme (such as https) must be provided.', {
    code: 'url_invalid',
    param,
  })
}
