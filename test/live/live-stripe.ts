// Owns which Stripe the live tests talk to: a sandbox account of the real one, by the key that the caller gives.
// Promises: never a live key, and nothing at all without a key; what the tests made there is deleted.

import { z } from 'zod'

/** The key's variable. */
const keyVariable = 'STRIPE_TEST_KEY'
/** Another address in place of Stripe's own, for the test of these tests. */
const baseVariable = 'STRIPE_TEST_BASE'

export interface LiveStripe {
  key: string
  /** Absent: Stripe's own. */
  base: string | null
}

/** Why the live tests cannot run, in words that say what to do; null where they can. */
export function cannotRun(env: NodeJS.ProcessEnv): string | null {
  const key = env[keyVariable]
  if (!key)
    return `Nothing ran: these tests work on a real Stripe sandbox account. Set ${keyVariable} to its key (sk_test_… or rk_test_…).`
  if (!/^[sr]k_test_/.test(key)) return `${keyVariable} is no key of a test mode: nothing ran.`
  return null
}

/** The Stripe of this run. */
export function liveStripe(env = process.env): LiveStripe {
  const problem = cannotRun(env)
  if (problem) throw new Error(problem)
  return { key: env[keyVariable] ?? '', base: env[baseVariable] ?? null }
}

/** A customer, or why there is none. */
const answered = z.looseObject({})

/** A person at the dashboard: reads, changes or deletes a customer by Stripe's own API. */
export async function atStripe(
  { key, base }: LiveStripe,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  form: Record<string, string> = {},
): Promise<z.output<typeof answered>> {
  const response = await fetch(`${base ?? 'https://api.stripe.com'}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}` },
    ...(method === 'POST' && { body: new URLSearchParams(form) }),
  })
  return answered.parse(await response.json())
}
