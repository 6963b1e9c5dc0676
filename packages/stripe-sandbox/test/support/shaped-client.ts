/**
 * Owns an HTTP client that checks the shape of every answer, against the specification and the client's own declarations.
 * Promises: a test that drives a resource also checks what comes back; expanded answers too.
 */
import Stripe from 'stripe'
import { createRouter } from '../../src/http/router.ts'
import { openSpec } from '../../src/params/from-spec.ts'
import { allRoutes } from '../../src/resources/all.ts'
import { shapeProblems } from './declared-shape.ts'
import { openAnswerCheck } from './spec.ts'

/** For `new Stripe(…, {httpClient})`; an answer that is not of Stripe's shape becomes an error that says why. */
export function shapedClient(): Stripe.HttpClient {
  const check = openAnswerCheck()
  const router = createRouter(allRoutes(openSpec()))
  return Stripe.createFetchHttpClient(async (input: string | URL | Request, init?: RequestInit) => {
    const response = await fetch(input, init)
    const url = input instanceof Request ? input.url : String(input)
    const template = router.match(init?.method ?? 'GET', new URL(url).pathname)?.route.path
    const body: unknown = await response.clone().json()
    const expanded = `${url}&${typeof init?.body === 'string' ? init.body : ''}`.includes('expand')
    try {
      if (template && !expanded) check(init?.method ?? 'GET', template, response.status, body)
      const problems = response.status === 200 ? shapeProblems(body) : []
      if (problems.length > 0) throw new Error(`${url}: ${problems.join('; ')}`)
    } catch (error) {
      // As an answer, since the client would hide an exception behind "an error occurred with our connection".
      return Response.json({ error: { type: 'api_error', message: String(error) } }, { status: 400 })
    }
    return response
  })
}
