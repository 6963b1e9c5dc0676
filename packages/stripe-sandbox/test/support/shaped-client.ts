/**
 * Owns an HTTP client for the official client that judges every answer.
 * Promises: a test that drives a resource also checks what comes back, errors and expanded answers too.
 */
import Stripe from 'stripe'
import { createRouter } from '../../src/http/router.ts'
import { openSpec } from '../../src/params/from-spec.ts'
import { allRoutes } from '../../src/resources/all.ts'
import { openAnswerCheck } from './answer-check.ts'

/** What a judged answer is told of: `GET /v1/customers/{id}` and the status. */
export type OnAnswer = (route: string, status: number) => void

/** For `new Stripe(…, {httpClient})`; an answer that is not of Stripe's shape becomes an error that says why. */
export function shapedClient(onAnswer: OnAnswer = () => {}): Stripe.HttpClient {
  const check = openAnswerCheck()
  const router = createRouter(allRoutes(openSpec()))
  return Stripe.createFetchHttpClient(async (input: string | URL | Request, init?: RequestInit) => {
    const response = await fetch(input, init)
    const url = input instanceof Request ? input.url : String(input)
    const method = init?.method ?? 'GET'
    const template = router.match(method, new URL(url).pathname)?.route.path
    if (!template) return response
    const { status } = response
    const sent = typeof init?.body === 'string' ? init.body : ''
    const expanded = `${url}&${sent}`.includes('expand')
    try {
      check({ method, template, status, body: await response.clone().json(), expanded })
      onAnswer(`${method} ${template}`, status)
    } catch (error) {
      // As an answer, since the client would hide an exception behind "an error occurred with our connection"; with a status that no
      // test expects.
      return Response.json({ error: { type: 'api_error', message: String(error) } }, { status: 599 })
    }
    return response
  })
}
