/**
 * Owns the check that every answer of a sandbox in a test is one that the specification allows.
 * Promises: wraps `fetch` of the official client, so a test that drives a resource also validates what comes back.
 */
import Stripe from 'stripe'
import { createRouter } from '../../src/http/router.ts'
import { openSpec } from '../../src/params/from-spec.ts'
import { allRoutes } from '../../src/resources/all.ts'
import { openAnswerCheck } from './spec.ts'

/** An HTTP client for `new Stripe(…, {httpClient})` that validates each answer; `checked` lists the routes that it saw. */
export function validatingClient(): { httpClient: Stripe.HttpClient; checked: Set<string> } {
  const check = openAnswerCheck()
  const router = createRouter(allRoutes(openSpec()))
  const checked = new Set<string>()
  const httpClient = Stripe.createFetchHttpClient(
    async (input: string | URL | Request, init?: RequestInit) => {
      const response = await fetch(input, init)
      const url = input instanceof Request ? input.url : String(input)
      const method = init?.method ?? 'GET'
      const path = new URL(url).pathname
      const template = router.match(method, path)?.route.path
      const body: unknown = await response.clone().json()
      // The specification shows expandable members as ids, so an expanded answer is not what it describes.
      const expanded =
        /[?&]expand|^expand/.test(`${url}&${typeof init?.body === 'string' ? init.body : ''}`) ||
        (typeof init?.body === 'string' && init.body.includes('expand['))
      if (template && !expanded && check(method, template, response.status, body))
        checked.add(`${method} ${template}`)
      return response
    },
  )
  return { httpClient, checked }
}
